/** `app.sessions`, as an app sees it. */
import type { FastifyRequest } from 'fastify'
import type { kAbsoluteEnd, SessionView } from '../../src/admission/session-view.ts'
import type { SocketLike, Transaction } from '../../src/app/instances.ts'
import type { RevocationReason, RevocationReport, Session, SessionDetail } from '../../src/protocol.ts'
import type { CleanupProgress, CleanupReport } from '../../src/session/cleanup-report.ts'
import type { OpenedSession, PendingSession } from '../../src/session/opened-session.ts'
import type { ListOptions, SessionPage } from '../../src/session/session-page.ts'
import type { SessionEmitter } from '../../src/session/session-events.ts'
import type { StoredUserId, UserId, WithClaims } from '../../src/session-types.ts'

export type OpenOptions = {
  /** The user's id in the app; as text at most 255 characters. */
  userId: UserId
  /** What the client says of its device: an id that stays, a name for the list, the app's own name for the client. */
  device?: { id?: string | undefined, name?: string | undefined, clientId?: string | undefined } | undefined
} & WithClaims

export interface EndOptions {
  /** What the device, the list and the event say. @default 'policy' */
  reason?: RevocationReason
  /** Who ends it, for the audit event: a user id. @default 'system' */
  by?: UserId | StoredUserId
  /** From which address. @default null */
  ip?: string | null
}

/** Parts of a node's health; all true when all is well. */
export interface Health {
  /** PostgreSQL answers. */
  database: boolean
  /** Messages of other nodes arrive. Without them the node is slower, not wrong. */
  bus: boolean
  /** The node may answer from memory. */
  lease: boolean
  /** This machine's wall clock and PostgreSQL's show the same time, within `maxClockDifferenceMs`. Sessions end by PostgreSQL's in any case. */
  clock: boolean
}

/** What is needed of `request.session`. */
export type Identity = Pick<SessionView, 'id' | 'userId' | 'expiresAt' | typeof kAbsoluteEnd>

/** Whose sessions: the id as the app has it, or as `request.session.userId` shows it. */
type OfUser = UserId | StoredUserId

/**
 * `app.sessions`. Every call rejects with SESSION_STORE_UNAVAILABLE (503) where PostgreSQL can't be asked, and with
 * SESSION_CALL_INVALID (500) for an argument of a wrong form. Times in what they give are ISO 8601, in UTC.
 */
export interface SessionsApi {
  /**
   * Opens a session on the device that sent this request, and gives `{token, expiresAt, session}`. Hand the token over yourself, or
   * put it into the cookie with `reply.setSession(opened)`, which ends the session whose cookie that was (`replaced`). It resolves when the sessions that had to go for it are out on every node.
   * Rejects with SESSION_LIMIT_REACHED (403) where `whenFull` is `'deny'`; with INVALID_CREDENTIALS (401) when the user's password was
   * changed or the account disabled since the request began; with SESSION_TLS_REQUIRED (403) as `requireTls` says.
   */
  open: (request: FastifyRequest, options: OpenOptions) => Promise<OpenedSession>
  /**
   * The user's living sessions, latest activity first, 500 at most; with `includeEnded` also those that ended within the retention time,
   * latest end first, 200 at most. The one with `currentId` has `isCurrent: true`. `cursor`: what is behind an earlier page.
   */
  list: (userId: OfUser, options?: ListOptions) => Promise<Session[]>
  /** The same, as `{items, nextCursor}`. Rejects with SESSION_ARGUMENT_INVALID (400) when the cursor is none of an earlier page. */
  listPage: (userId: OfUser, options?: ListOptions) => Promise<SessionPage>
  /** One session, ended or not, with its last five addresses; with `userId` only this user's. Rejects with SESSION_NOT_FOUND (404). */
  get: (sessionId: string, options?: { userId?: OfUser, currentId?: string | null }) => Promise<SessionDetail>
  /**
   * Gives a living session another name, of 1 to 100 characters; with `userId` only this user's. Rejects with SESSION_NOT_FOUND (404);
   * with SESSION_ARGUMENT_INVALID (400) for a name that is too long, or of which nothing would be seen.
   */
  rename: (sessionId: string, deviceName: string, options?: { userId?: OfUser, currentId?: string | null }) => Promise<Session>
  /**
   * Ends one session; with `userId` only this user's. Resolves when no node accepts it any more; again is safe, waits the same way, and
   * counts 0. Rejects with SESSION_NOT_FOUND (404); with SESSION_REVOCATION_UNCONFIRMED (503) when it is ended but not confirmed in time.
   */
  revoke: (sessionId: string, options?: EndOptions & { userId?: OfUser }) => Promise<RevocationReport>
  /** Ends all other sessions of this session's user. Resolves and rejects as `revokeUser`. */
  revokeOthers: (session: { id: string, userId: OfUser }, options?: EndOptions) => Promise<RevocationReport>
  /**
   * Ends all sessions of a user, but for the session `except`. Resolves when no node accepts them any more. With the reasons
   * `password_changed` and `account_disabled` logins under way are refused too. Rejects with SESSION_REVOCATION_UNCONFIRMED (503).
   */
  revokeUser: (userId: OfUser, options?: EndOptions & { except?: string }) => Promise<RevocationReport>
  /**
   * The same as `open` inside the app's own transaction, READ COMMITTED: the one that creates the user, perhaps. The token opens nothing
   * before the commit. Call `confirm()` after it, and hand over what that gives; rolled back, the session never was. Rejects as `open`
   * does, but with the driver's own error where the transaction fails, and with SESSION_CALL_INVALID for what is no transaction.
   * `const { confirm } = await app.sessions.openIn(trx, request, { userId })`
   */
  openIn: (transaction: Transaction, request: FastifyRequest, options: OpenOptions) => Promise<PendingSession>
  /**
   * Ends sessions inside the app's own transaction, READ COMMITTED: all of a user but `except`, or one; with `userId` beside `sessionId`
   * only this user's. Call what it gives after the commit: it resolves when no node accepts them, and rejects when the transaction was
   * rolled back. Rejects with SESSION_NOT_FOUND (404) as `revoke` does.
   * `const confirm = await app.sessions.revokeIn(trx, { userId }, { reason: 'password_changed' })`
   */
  revokeIn: (transaction: Transaction, which: { sessionId: string, userId?: OfUser, except?: never } | { userId: OfUser, except?: string, sessionId?: never }, options?: EndOptions) => Promise<() => Promise<RevocationReport>>
  /** Inside the app's own transaction: rejects with SESSION_REVOKED or SESSION_EXPIRED (401) when the session has ended, and holds back its end until the transaction is over. */
  assertAlive: (transaction: Transaction, session: Pick<SessionView, 'id'>) => Promise<void>
  /** The same for other database layers: a statement that gives a row only when the session is alive. */
  aliveStatement: (session: Pick<SessionView, 'id'>) => { text: string, values: [string, number] }
  /**
   * Notes that this session's person has just proved who they are, however the app saw to that (a passkey, a provider, a password).
   * `until` is the time up to which the plugin's own rule (`reauthenticateWithinMs`) is content, ISO 8601; null where there is no
   * such rule: `requireRecentAuthentication()` has a time of its own. Rejects with SESSION_REVOKED or SESSION_EXPIRED when the
   * session has ended meanwhile.
   */
  reauthenticated: (session: Pick<SessionView, 'id' | 'userId' | 'claims'>) => Promise<{ until: string | null }>
  /** A signal that is aborted when the session ends, for streams and long work; its reason is the error with code and reason. */
  signal: (session: Identity) => AbortSignal
  /** The app's own `ws` socket gets the same `logout`, close and expiry as the library's. Attach it before anything else is awaited. */
  attach: (socket: SocketLike, session: Identity) => void
  /** Listens; gives the function that stops listening. A listener that throws or rejects disturbs nothing else. */
  on: SessionEmitter['on']
  /** Ends what is idle or expired, and deletes what ended before the retention time; also done by itself every `cleanup.periodMs`. */
  cleanup: (onProgress?: (progress: CleanupProgress) => void) => Promise<CleanupReport>
  /** How this node is, for a load balancer; answers within about a second, and never rejects. */
  health: () => Promise<Health>
}
