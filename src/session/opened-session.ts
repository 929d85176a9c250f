/** What a login gives: the token, and the session as its owner sees it. */
import type { Session } from '../protocol.ts'

/** A login that succeeded. The token is shown to its owner only. */
export interface OpenedSession {
  token: string
  /** The absolute end, ISO 8601. */
  expiresAt: string
  session: Session
  /**
   * What has one is a {@link PendingSession}, which no cookie takes: nothing says that its transaction was committed.
   */
  confirm?: never
}

/** A session that was opened in the app's transaction. Its token opens nothing before the commit. */
export interface PendingSession extends Omit<OpenedSession, 'confirm'> {
  /**
   * To be called after the commit: resolves when what had to go is out on every node, and tells the user's devices of
   * the new session. Rejects with SESSION_CALL_INVALID (500) when it was not committed, with SESSION_REVOKED (401) when
   * it has ended meanwhile, with SESSION_REVOCATION_UNCONFIRMED (503) when what had to go is not certain to be out:
   * then the new session ends, too.
   */
  confirm: () => Promise<OpenedSession>
}
