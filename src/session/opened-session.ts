/** What a login gives: the token, and the session as its owner sees it. */
import type { Session } from '../protocol.ts'

/** A login that succeeded. The token is shown to its owner only. */
export interface OpenedSession {
  token: string
  /** The absolute end, ISO 8601. */
  expiresAt: string
  session: Session
}
