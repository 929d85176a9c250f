/**
 * The recheck of registered sockets against their rows: right after registration, and after the database changed. An
 * end that came in between is still told.
 */
import { storeUnavailable } from '../errors.ts'
import { createBatcher } from '../async/batcher.ts'
import { CLOSE_CODES } from '../protocol.ts'
import type { SessionEnd } from '../session/ended-session.ts'
import { logoutMessage } from './logout-message.ts'
import type { SessionSocket } from './session-socket.ts'

export interface SocketRecheckOptions {
  /** How these sessions have ended, by their rows; those that live are left out. */
  findEnds: (ids: readonly string[]) => Promise<ReadonlyMap<string, SessionEnd>>
  onError: (error: unknown) => void
}

export type SocketRecheck = ReturnType<typeof createSocketRecheck>

/** Sockets whose rows are asked for in one statement. */
const BATCH = 1_000

export function createSocketRecheck ({ findEnds, onError }: SocketRecheckOptions) {
  function tell (entry: SessionSocket, end: SessionEnd | undefined): void {
    const { id, expiresAt } = entry.session
    entry.logout(logoutMessage(end ?? { id, reason: 'expired', at: expiresAt, eventId: null }))
  }

  async function askEnds (entries: readonly SessionSocket[]): Promise<ReadonlyMap<string, SessionEnd> | null> {
    try {
      return await findEnds([...new Set(entries.map(({ session }) => session.id))])
    } catch (error) {
      onError(storeUnavailable(error))
      for (const entry of entries) entry.close(CLOSE_CODES.tryAgainLater, 'sessions can not be checked right now')
      return null
    }
  }

  /**
   * Those that may stay. Until that is known they are unverified; the others have been told, or closed with 1013 where
   * nothing could be known.
   */
  async function verified (entries: readonly SessionSocket[]): Promise<SessionSocket[]> {
    const settle = entries.map((entry) => entry.markUnverified())
    const ends = await askEnds(entries)
    if (ends === null) return []
    return entries.filter((entry, index) => {
      const end = ends.get(entry.session.id)
      if (end === undefined) settle[index]?.()
      else tell(entry, end)
      return end === undefined
    })
  }

  const checks = createBatcher(async (entries: readonly SessionSocket[]) => {
    const stay = new Set(await verified(entries))
    return entries.map((entry) => stay.has(entry))
  }, BATCH)

  return {
    /**
     * Whether the socket may stay, by its row as it is read after this call. Otherwise it has been told, or closed
     * where that is unknown.
     */
    async check (entry: SessionSocket): Promise<boolean> {
      entry.markUnverified()
      return await checks.add(entry)
    },

    /** The same for many; all of them are unverified from now on. */
    async checkAll (entries: readonly SessionSocket[]): Promise<void> {
      await Promise.all(entries.map((entry) => this.check(entry)))
    },

    /** The admission rejected it: say so on the socket. */
    async reject (entry: SessionSocket): Promise<void> {
      const ends = await askEnds([entry])
      if (ends !== null) tell(entry, ends.get(entry.session.id))
    }
  }
}
