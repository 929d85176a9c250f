/** The gate that sockets pass again, after they were registered and after the database changed: an end that came in between is still told. */
import { randomUUID } from 'node:crypto'
import { storeUnavailable } from '../errors.ts'
import { createBatcher } from '../async/batcher.ts'
import { CLOSE_CODES } from '../protocol.ts'
import type { SessionEnd } from '../session/ended-session.ts'
import type { SessionSocket } from './session-socket.ts'

export interface GateOptions {
  /** How these sessions have ended, by their rows; those that live are left out. */
  endsOf: (ids: readonly string[]) => Promise<ReadonlyMap<string, SessionEnd>>
  onError: (error: unknown) => void
}

export type Gate = ReturnType<typeof createGate>

/** Sockets whose rows are asked for in one statement. */
const BATCH = 1_000

export function createGate ({ endsOf, onError }: GateOptions) {
  function tell (entry: SessionSocket, end: SessionEnd | undefined): void {
    entry.logout({
      type: 'logout',
      eventId: end?.eventId ?? randomUUID(),
      sessionId: entry.session.id,
      reason: end?.reason ?? 'expired',
      at: new Date(end?.at ?? entry.session.expiresAt).toISOString()
    })
  }

  async function askEnds (entries: readonly SessionSocket[]): Promise<ReadonlyMap<string, SessionEnd> | null> {
    try {
      return await endsOf([...new Set(entries.map(({ session }) => session.id))])
    } catch (error) {
      onError(storeUnavailable(error))
      for (const entry of entries) entry.close(CLOSE_CODES.tryAgainLater, 'sessions can not be checked right now')
      return null
    }
  }

  /** Those that may stay. Until it is known they are in doubt; the others have been told, or, when nothing could be known, closed with 1013. */
  async function passing (entries: readonly SessionSocket[]): Promise<SessionSocket[]> {
    const doubts = entries.map((entry) => entry.doubt())
    const ends = await askEnds(entries)
    if (ends === null) return []
    return entries.filter((entry, index) => {
      const end = ends.get(entry.session.id)
      if (end === undefined) doubts[index]?.()
      else tell(entry, end)
      return end === undefined
    })
  }

  const checks = createBatcher(async (entries: readonly SessionSocket[]) => {
    const stay = new Set(await passing(entries))
    return entries.map((entry) => stay.has(entry))
  }, BATCH)

  return {
    /** Whether the socket may stay, by its row, asked after this call. Else it has been told, or, in doubt, closed. */
    async check (entry: SessionSocket): Promise<boolean> {
      entry.doubt()
      return await checks.add(entry)
    },

    /** The same for many; all of them are in doubt from now on. */
    async checkAll (entries: readonly SessionSocket[]): Promise<void> {
      await Promise.all(entries.map((entry) => this.check(entry)))
    },

    /** The admission refused it: say so on the socket. */
    async refuse (entry: SessionSocket): Promise<void> {
      const ends = await askEnds([entry])
      if (ends !== null) tell(entry, ends.get(entry.session.id))
    }
  }
}
