/** `app.sessions`, as an app sees it. Long, because each call has its errors and an example beside it. */
import type { FastifyRequest } from 'fastify'
import type { kAbsoluteEnd, SessionView } from '../../src/admission/session-view.ts'
import type { SocketLike, Transaction } from '../../src/app/instances.ts'
import type { RevocationReason, RevocationReport, Session, SessionDetail } from '../../src/protocol.ts'
import type { CleanupProgress, CleanupReport } from '../../src/session/cleanup-report.ts'
import type { OpenedSession, PendingSession } from '../../src/session/opened-session.ts'
import type { ListOptions, SessionPage } from '../../src/session/session-page.ts'
import type { SessionEmitter } from '../../src/session/session-events.ts'
import type { StoredUserId, UserId, WithClaims } from '../../src/session-types.ts'

/** Who signs in, and on what. */
export type OpenOptions = {
  /** The user's id in the app: text of 1 to 255 characters, a whole number or a bigint. */
  userId: UserId
  /**
   * What the client says of its device: an id that stays, a name for the list, the app's own name for the client, and
   * whether its screen takes touches (`navigator.maxTouchPoints > 1`), which tells an iPad's Safari from a Mac's.
   */
  device?: {
    id?: string | undefined,
    name?: string | undefined,
    clientId?: string | undefined,
    touch?: boolean | undefined
  } | undefined,
  /**
   * Wrong passwords or codes before the right one, for the option `risk`.
   * @default 0; `POST /auth/login` counts its own
   */
  failedLogins?: number | undefined
  /**
   * By which way they signed in, as mails to them say it: `'password'`, `'passkey'`, `'Google'`, … At most 100
   * characters.
   * @default none
   */
  method?: string | undefined
} & WithClaims

/** Why a session is ended, by whom, and from where. */
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
  /**
   * This machine's wall clock and PostgreSQL's show the same time, within `maxClockDifferenceMs`. Sessions end by
   * PostgreSQL's in any case.
   */
  clock: boolean
}

/** What is needed of `request.session`. */
export type Identity =
  & Pick<SessionView, 'id' | 'userId' | 'expiresAt' | typeof kAbsoluteEnd>
  & Partial<Pick<SessionView, 'confirmed'>>

/** Whose sessions: the id as the app has it, or as `request.session.userId` shows it. */
type OfUser = UserId | StoredUserId

/** Which sessions `revokeIn` ends: one, or all of a user. */
type RevokedIn =
  | { sessionId: string, userId?: OfUser, except?: never }
  | { userId: OfUser, except?: string, sessionId?: never }

/**
 * `app.sessions`. Every call that returns a promise rejects with SESSION_STORE_UNAVAILABLE (503) when PostgreSQL can't
 * be asked, and every call fails with SESSION_CALL_INVALID (500) for an argument of the wrong form. Times in what they
 * give are ISO 8601, in UTC; options whose name ends in `Ms` are milliseconds.
 */
export interface SessionsApi {
  /**
   * Opens a session on the device that sent this request. Hand the token over yourself, or put it into the cookie with
   * `reply.setSession(opened)`, which ends the session whose cookie that was (`replaced`). Resolves with `{token,
   * expiresAt, session}` when the sessions that had to go for it are out on every node.
   *
   * Rejects with SESSION_LIMIT_REACHED (403) when the limit is reached and `whenFull` is `'deny'`; with
   * INVALID_CREDENTIALS (401) when the user's password was changed or the account disabled since the request began;
   * with SESSION_TLS_REQUIRED (403) as `requireTls` says; with SESSION_REVOCATION_UNCONFIRMED (503) when it is not
   * certain that the sessions that had to go are out; with SESSION_CALLBACK_FAILED (500) when one of the app's own
   * rules fails.
   *
   * @example
   * app.get('/oauth/callback', async (request, reply) => {
   *   const user = await exchange(request)
   *   const opened = await app.sessions.open(request, { userId: user.id, claims: { plan: user.plan } })
   *   return reply.setSession(opened).redirect('/')
   * })
   */
  open: (request: FastifyRequest, options: OpenOptions) => Promise<OpenedSession>
  /**
   * The user's living sessions, latest activity first, 500 at most; with `includeEnded` also those that ended within
   * the retention time, latest end first, 200 at most. The one with `currentId` has `isCurrent: true`. `cursor`: what
   * comes after an earlier page. Rejects with SESSION_ARGUMENT_INVALID (400) when the cursor is not from an earlier
   * page.
   *
   * @example
   * const devices = await app.sessions.list(user.id, { currentId: request.session.id })
   */
  list: (userId: OfUser, options?: ListOptions) => Promise<Session[]>
  /**
   * The same, as `{items, nextCursor}`; `nextCursor` is null on the last page. Rejects with SESSION_ARGUMENT_INVALID
   * (400) when the cursor is not from an earlier page.
   *
   * @example
   * const { items, nextCursor } = await app.sessions.listPage(user.id, { includeEnded: true, cursor })
   */
  listPage: (userId: OfUser, options?: ListOptions) => Promise<SessionPage>
  /**
   * One session, ended or not, with its last five addresses; with `userId` only this user's. Rejects with
   * SESSION_NOT_FOUND (404).
   *
   * @example
   * const { deviceName, addresses } = await app.sessions.get(id, { userId: user.id })
   */
  get: (sessionId: string, options?: { userId?: OfUser, currentId?: string | null }) => Promise<SessionDetail>
  /**
   * Gives a living session another name, of 1 to 100 characters; with `userId` only this user's. Rejects with
   * SESSION_NOT_FOUND (404); with SESSION_ARGUMENT_INVALID (400) for a name that is too long, or of which nothing would
   * be seen.
   *
   * @example
   * await app.sessions.rename(id, 'The tablet in the kitchen', { userId: user.id })
   */
  rename: (
    sessionId: string, deviceName: string, options?: { userId?: OfUser, currentId?: string | null }
  ) => Promise<Session>
  /**
   * Confirms a session of this user that waits for it (option `risk`), by your own means: a code by mail, say, where
   * the user has no other device at hand. Again is no news. Rejects with SESSION_NOT_FOUND (404), for one that has
   * ended, too.
   *
   * @example
   * await app.sessions.confirm(request.session.id, { userId: user.id })
   */
  confirm: (sessionId: string, options: { userId: OfUser }) => Promise<Session>
  /**
   * Forgets with which devices and from where this user signed in; gives how many devices that were. Each is a new one
   * at its next login.
   *
   * @example
   * const { count } = await app.sessions.forgetDevices(user.id)
   */
  forgetDevices: (userId: OfUser) => Promise<{ count: number }>
  /**
   * Ends one session; with `userId` only this user's. Resolves when no node accepts it any more. Repeating it is safe:
   * it waits the same way, and counts 0. Rejects with SESSION_NOT_FOUND (404); with SESSION_REVOCATION_UNCONFIRMED
   * (503) when it is ended but not confirmed in time.
   *
   * @example
   * const { count } = await app.sessions.revoke(id, { userId: user.id, reason: 'revoked_by_user', by: user.id })
   */
  revoke: (sessionId: string, options?: EndOptions & { userId?: OfUser }) => Promise<RevocationReport>
  /**
   * Ends all other sessions of this session's user. Resolves when no node accepts them any more. Rejects with
   * SESSION_REVOCATION_UNCONFIRMED (503) when they are ended but not confirmed in time.
   *
   * @example
   * await app.sessions.revokeOthers(request.session, { reason: 'revoked_by_user' })
   */
  revokeOthers: (session: { id: string, userId: OfUser }, options?: EndOptions) => Promise<RevocationReport>
  /**
   * Ends all sessions of a user, except the session `except`. Resolves when no node accepts them any more. With the
   * reasons
   * `password_changed` and `account_disabled` logins under way are rejected too. Rejects with
   * SESSION_REVOCATION_UNCONFIRMED (503) when they are ended but not confirmed in time.
   *
   * @example
   * await app.sessions.revokeUser(user.id, { reason: 'account_disabled', by: request.session.userId })
   */
  revokeUser: (userId: OfUser, options?: EndOptions & { except?: string }) => Promise<RevocationReport>
  /**
   * The same as `open` inside the app's own transaction, READ COMMITTED: the one that creates the user, perhaps. The
   * token opens nothing before the commit. Call `confirm()` after it, and hand over what that gives; rolled back, the
   * session never was. Rejects as `open` does, but with the driver's own error when the transaction fails, and with
   * SESSION_CALL_INVALID (500) for what is no transaction.
   *
   * @example
   * const pending = await em.transactional(async (trx) => {
   *   const user = await createUser(trx)
   *   return await app.sessions.openIn(trx, request, { userId: user.id })
   * })
   * reply.setSession(await pending.confirm())
   */
  openIn: (transaction: Transaction, request: FastifyRequest, options: OpenOptions) => Promise<PendingSession>
  /**
   * Ends sessions inside the app's own transaction, READ COMMITTED: all of a user but `except`, or one; with `userId`
   * beside
   * `sessionId` only this user's. Call what it gives after the commit: that resolves when no node accepts them any
   * more, and rejects with SESSION_CALL_INVALID (500) when the transaction was rolled back, with
   * SESSION_REVOCATION_UNCONFIRMED (503) when they are not confirmed in time. Rejects with SESSION_NOT_FOUND (404) as
   * `revoke` does; with the driver's own error when the transaction fails.
   *
   * @example
   * const confirm = await em.transactional(async (trx) => {
   *   await savePassword(trx, user.id, password)
   *   return await app.sessions.revokeIn(trx, { userId: user.id }, { reason: 'password_changed' })
   * })
   * await confirm()
   */
  revokeIn: (
    transaction: Transaction, which: RevokedIn, options?: EndOptions
  ) => Promise<() => Promise<RevocationReport>>
  /**
   * Inside the app's own transaction: holds back the session's end until the transaction is over. Rejects with
   * SESSION_REVOKED or SESSION_EXPIRED (401) when the session has ended; with SESSION_CALL_INVALID (500) for what is no
   * transaction; with the driver's own error when the transaction fails.
   *
   * @example
   * await em.transactional(async (trx) => {
   *   await app.sessions.assertAlive(trx, request.session)
   *   await transferMoney(trx, request.body)
   * })
   */
  assertAlive: (transaction: Transaction, session: Pick<SessionView, 'id'>) => Promise<void>
  /**
   * The same for other database layers: a statement that gives a row only when the session is alive.
   *
   * @example
   * const { text, values } = app.sessions.aliveStatement(request.session)
   * const { rows } = await client.query(text, values)
   * if (rows.length === 0) throw new Error('the session has ended')
   */
  aliveStatement: (session: Pick<SessionView, 'id'>) => { text: string, values: [string, number] }
  /**
   * Notes that this session's person has just proved who they are, however the app saw to that (a passkey, a provider,
   * a password).
   * `until` is the time up to which the plugin's own rule (`reauthenticateWithinMs`) is satisfied, ISO 8601; null
   * without such a rule.
   * `requireRecentAuthentication()` has a time of its own. Rejects with SESSION_REVOKED or SESSION_EXPIRED (401) when
   * the session has ended meanwhile; with SESSION_CALLBACK_FAILED (500) when `reauthenticateWithinMs` is a function
   * that fails.
   *
   * @example
   * app.post('/passkey', { onRequest: requireSession }, async (request) => {
   *   await verifyPasskey(request.body)
   *   return await app.sessions.reauthenticated(request.session)
   * })
   */
  reauthenticated: (session: Pick<SessionView, 'id' | 'userId' | 'claims'>) => Promise<{ until: string | null }>
  /**
   * A signal that is aborted when the session ends, for streams and long work; its reason is the error, with `code` and
   * `reason`.
   *
   * @example
   * for await (const row of rows(app.sessions.signal(request.session))) reply.raw.write(row)
   */
  signal: (session: Identity) => AbortSignal
  /**
   * Gives the app's own `ws` socket the same `logout`, close and expiry as the library's. Attach it before anything
   * else is awaited.
   *
   * @example
   * app.get('/chat', { websocket: true, onRequest: requireSession }, (socket, request) => {
   *   app.sessions.attach(socket, sessionOf(request))
   * })
   */
  attach: (socket: SocketLike, session: Identity) => void
  /**
   * Listens; gives the function that stops listening. A listener that throws or rejects disturbs nothing else.
   *
   * @example
   * const stop = app.sessions.on('ended', ({ userId, reason }) => { audit(userId, reason) })
   */
  on: SessionEmitter['on']
  /**
   * Ends what is idle or expired, and deletes what ended before the retention time; the plugin also does it every
   * `cleanup.periodMs`.
   *
   * @example
   * const report = await app.sessions.cleanup((progress) => { app.log.info(progress) })
   */
  cleanup: (onProgress?: (progress: CleanupProgress) => void) => Promise<CleanupReport>
  /**
   * How this node is, for a load balancer; answers within about a second, and never rejects.
   *
   * @example
   * app.get('/health/ready', async (_request, reply) => {
   *   const { database, lease } = await app.sessions.health()
   *   return reply.code(database && lease ? 200 : 503).send({ database, lease })
   * })
   */
  health: () => Promise<Health>
}
