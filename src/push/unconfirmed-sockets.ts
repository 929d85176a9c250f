/**
 * What becomes of a socket whose session waits for a confirmation on another device, when its time is over or it may
 * have been confirmed: its row says.
 */
import type { Clock } from '../clock.ts'
import { CLOSE_CODES } from '../protocol.ts'
import { endOf, type SessionRow } from '../session-row.ts'
import { logoutMessage } from './logout-message.ts'
import type { SessionSocket } from './session-socket.ts'

export interface UnconfirmedCheckOptions {
  clock: Clock
  find: (id: string) => Promise<SessionRow | null>
  onError: (error: unknown) => void
}

/** An unconfirmed session's end is asked for again after this long, in ms. */
const ASKED_AGAIN_MS = 1_000

/** A confirmation moves the session's end. Never rejects: in doubt the socket is told to come again. */
export function createUnconfirmedCheck ({ clock, find, onError }: UnconfirmedCheckOptions) {
  return async function askAgain (entry: SessionSocket): Promise<void> {
    if (entry.ended || entry.closed) return
    try {
      const row = await find(entry.session.id)
      const reason = row === null ? 'policy' : endOf(row)
      if (reason === 'expired' && row?.revokedAt === null) expireSocket(entry, row.expiresAt)
      else if (reason !== null) entry.close(CLOSE_CODES.tryAgainLater, 'sessions can not be checked right now')
      else if (row?.fullExpiresAt === null) entry.confirm(row.expiresAt)
      // Its time is over here, and not quite yet in the database.
      else if (clock.now() >= entry.session.expiresAt) clock.setTimer(() => { void askAgain(entry) }, ASKED_AGAIN_MS)
    } catch (error) {
      onError(error)
      entry.close(CLOSE_CODES.tryAgainLater, 'sessions can not be checked right now')
    }
  }
}

/** Its session's time is over: `at`, in ms since 1970. */
export function expireSocket (entry: SessionSocket, at: number): void {
  entry.logout(logoutMessage({ id: entry.session.id, reason: 'expired', at, eventId: null }))
}
