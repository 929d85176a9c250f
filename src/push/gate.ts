/** The gate that a socket passes again after it was registered: an end that came in between is still told. */
import { randomUUID } from 'node:crypto'
import { CLOSE_CODES } from '../protocol.ts'
import { endOf, type SessionRow } from '../session-row.ts'
import type { EndedSession } from '../session/session-store.ts'
import type { SessionSocket } from './session-socket.ts'

export interface GateOptions {
  /** Reads the row on the primary. */
  find: (id: string) => Promise<SessionRow | null>
  /** How the session ended; null while nobody has ended it. */
  findEnd: (id: string) => Promise<EndedSession | null>
  onError: (error: unknown) => void
}

export type Gate = ReturnType<typeof createGate>

export function createGate ({ find, findEnd, onError }: GateOptions) {
  /** Says how a session that does not live any more has ended, and closes. */
  async function refuse (entry: SessionSocket): Promise<void> {
    const { id } = entry.session
    const end = await findEnd(id)
    const row = end === null ? await find(id) : null
    entry.logout({
      type: 'logout',
      eventId: end?.eventId ?? randomUUID(),
      sessionId: id,
      reason: end?.reason ?? (row === null ? 'policy' : endOf(row)) ?? 'expired',
      at: new Date(end?.at ?? Date.now()).toISOString()
    })
  }

  async function orClose (entry: SessionSocket, work: () => Promise<boolean>): Promise<boolean> {
    try {
      return await work()
    } catch (error) {
      onError(error)
      entry.close(CLOSE_CODES.tryAgainLater, 'sessions can not be checked right now')
      return false
    }
  }

  return {
    /** Whether the socket may stay, by its row. Else it has been told, or, in doubt, closed with 1013. */
    check (entry: SessionSocket): Promise<boolean> {
      return orClose(entry, async () => {
        const row = await find(entry.session.id)
        if (row !== null && endOf(row) === null) return true
        await refuse(entry)
        return false
      })
    },

    /** The admission refused it: say so on the socket. */
    refuse (entry: SessionSocket): Promise<boolean> {
      return orClose(entry, async () => {
        await refuse(entry)
        return false
      })
    }
  }
}
