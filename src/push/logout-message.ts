/** The `logout` that a session's sockets are sent. */
import { randomUUID } from 'node:crypto'
import type { LogoutMessage } from '../protocol.ts'
import type { SessionEnd } from '../session/ended-session.ts'

/** Where nobody ended it there is no event, and each socket gets an id of its own. */
export function logoutMessage ({ id, eventId, reason, at, byDevice = null }: SessionEnd): LogoutMessage {
  return {
    type: 'logout',
    eventId: eventId ?? randomUUID(),
    sessionId: id,
    reason,
    at: new Date(at).toISOString(),
    by: byDevice === null ? null : { deviceName: byDevice }
  }
}
