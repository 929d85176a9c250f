/** `app.sessions`: the use cases, for an app's own routes. */
import type { FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import { kAbsoluteEnd, type SessionView } from '../src/admission/session-views.ts'
import { cleanDeviceName, describeDevice } from '../src/device.ts'
import { sessionEnded, TlsRequired } from '../src/errors.ts'
import type { UserId } from '../src/options.ts'
import type { RevocationReason, RevocationReport, Session, SessionDetail } from '../src/protocol.ts'
import type { Gate } from '../src/push/gate.ts'
import type { SessionSignals } from '../src/push/session-signals.ts'
import type { SocketSession } from '../src/push/session-socket.ts'
import type { SocketRegistry } from '../src/push/socket-registry.ts'
import type { DatabaseClock } from '../src/revocation/database-clock.ts'
import type { Renewal } from '../src/revocation/renewal.ts'
import type { Cleanup, CleanupProgress, CleanupReport } from '../src/session/cleanup.ts'
import type { Cause } from '../src/session/ended-session.ts'
import type { Ending } from '../src/session/ending.ts'
import { checkSessionId, checkUserId, optionalId } from '../src/session/login-input.ts'
import type { SessionEmitter } from '../src/session/session-events.ts'
import type { OpenedSession } from '../src/session/login.ts'
import type { SessionManager } from '../src/session/session-manager.ts'
import type { SessionStore } from '../src/session/session-store.ts'
import { endOf } from '../src/session-row.ts'
import { sqlOfEntityManager, type EntityManagerLike } from '../src/sql.ts'
import { kSignIn, type OpenWithoutRequest } from '../src/testing/sign-in.ts'
import { kLook } from './request-state.ts'
import { deviceIdOf } from './session-cookie.ts'
import { untilOf, type StepUpWithin } from './step-up.ts'
import type { LacksTls } from './tls.ts'

export interface OpenOptions {
  /** The user's id in the app; kept and shown as text. */
  userId: UserId
  /** Further claims for the token. */
  claims?: Record<string, unknown> | undefined
  /** What the client says of its device: an id that stays, a name for the list, the app's own name for the client. */
  device?: { id?: string, name?: string, clientId?: string } | undefined
}

export interface EndOptions {
  /** @default 'policy' */
  reason?: RevocationReason
  /** Who ends it, for the audit event: a user id. @default 'system' */
  by?: UserId
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

export interface SessionsApi {
  /** A new session for this request's device. Rejects with INVALID_CREDENTIALS when the user's credentials changed since the request began; with SESSION_TLS_REQUIRED as `requireTls` says. */
  open: (request: FastifyRequest, options: OpenOptions) => Promise<OpenedSession>
  /** The user's living sessions, latest activity first; with `includeEnded` the ended ones too. */
  list: (userId: UserId, options?: { currentId?: string | null, includeEnded?: boolean }) => Promise<Session[]>
  /** One session; with `userId` only this user's. Rejects with SESSION_NOT_FOUND. */
  get: (sessionId: string, options?: { userId?: UserId, currentId?: string | null }) => Promise<SessionDetail>
  /** Another name for a living session. Rejects with SESSION_NOT_FOUND. */
  rename: (sessionId: string, deviceName: string, options?: { userId?: UserId, currentId?: string | null }) => Promise<Session>
  /** Ends one session. Resolves when it is certain. Rejects with SESSION_NOT_FOUND or SESSION_REVOCATION_UNCONFIRMED. */
  revoke: (sessionId: string, options?: EndOptions & { userId?: UserId }) => Promise<RevocationReport>
  /** Ends all other sessions of this session's user. */
  revokeOthers: (session: { id: string, userId: UserId }, options?: EndOptions) => Promise<RevocationReport>
  /** Ends all sessions of a user, but for `except`. With `password_changed` or `account_disabled`, logins under way are refused too. */
  revokeUser: (userId: UserId, options?: EndOptions & { except?: string }) => Promise<RevocationReport>
  /**
   * Ends sessions inside the app's own transaction. Call what it gives after the commit: it resolves when no node accepts them.
   * `const confirm = await app.sessions.revokeIn(em, { userId }, { reason: 'password_changed' })`
   */
  revokeIn: (em: EntityManagerLike, which: { sessionId: string } | { userId: UserId, except?: string }, options?: EndOptions) => Promise<() => Promise<RevocationReport>>
  /** Inside the app's own transaction: rejects when the session has ended, and holds back its end until the transaction is over. */
  assertAlive: (em: EntityManagerLike, session: Pick<SessionView, 'id'>) => Promise<void>
  /** The same for other database layers: a statement that gives a row only when the session is alive. */
  aliveStatement: (session: Pick<SessionView, 'id'>) => { text: string, values: [string, number] }
  /**
   * Notes that this session's person has just proved who they are, however the app saw to that (a passkey, a provider, a password).
   * `until` is the time up to which the plugin's own rule (`reauthenticateWithinMs`) is content, ISO 8601; null where there is no
   * such rule: `requireRecentAuthentication()` has a time of its own. Rejects with SESSION_REVOKED or SESSION_EXPIRED when the
   * session has ended meanwhile.
   */
  reauthenticated: (session: Pick<SessionView, 'id' | 'userId' | 'claims'>) => Promise<{ until: string | null }>
  /** A signal that is aborted when the session ends; its reason is the error with code and reason. */
  signal: (session: Identity) => AbortSignal
  /** The app's own socket gets the same `logout`, close and expiry as the library's. Attach it before anything else is awaited. */
  attach: (socket: WebSocket, session: Identity) => void
  /** Listens; gives the function that stops listening. */
  on: SessionEmitter['on']
  /** Ends what is idle or expired, and deletes what ended before the retention time; also done by itself every `cleanup.periodMs`. */
  cleanup: (onProgress?: (progress: CleanupProgress) => void) => Promise<CleanupReport>
  health: () => Promise<Health>
}

export interface SessionsApiOptions {
  manager: SessionManager
  cleanup: Cleanup
  ending: Ending
  store: SessionStore
  sockets: SocketRegistry
  signals: SessionSignals
  gate: Gate
  renewal: Pick<Renewal, 'leased'>
  databaseClock: Pick<DatabaseClock, 'latest'>
  events: SessionEmitter
  health: () => Promise<Health>
  cookieName: string
  lacksTls: LacksTls
  stepUpWithin: StepUpWithin
  /** Is told what the app's calls fail with. */
  misused: (error: unknown) => void
}

type FullSessionsApi = SessionsApi & { [kSignIn]: OpenWithoutRequest }

export function createSessionsApi ({ manager, cleanup, ending, store, sockets, signals, gate, renewal, databaseClock, events, health, cookieName, lacksTls, stepUpWithin, misused }: SessionsApiOptions): FullSessionsApi {
  const api: FullSessionsApi = {
    async open (request, { userId, claims, device }) {
      if (lacksTls(request)) throw new TlsRequired()
      const described = describeDevice(request.headers)
      return await manager.open({
        userId,
        claims,
        device: { ...described, deviceName: cleanDeviceName(device?.name) ?? described.deviceName },
        deviceId: deviceIdOf(request, device?.id, cookieName),
        clientId: optionalId(device?.clientId),
        ip: request.ip,
        asOf: request[kLook]?.asOf ?? null
      })
    },
    list: manager.list,
    get: manager.get,
    rename: manager.rename,
    revoke: (sessionId, { userId, ...options } = {}) => manager.revoke(sessionId, { userId, ...cause(options) }),
    revokeOthers: ({ id, userId }, options) => manager.revokeUser(userId, { except: id, ...cause(options) }),
    revokeUser: (userId, { except, ...options } = {}) => manager.revokeUser(userId, { except, ...cause(options) }),
    async revokeIn (em, which, options) {
      const selection = 'sessionId' in which ? { ids: [checkSessionId(which.sessionId)] } : { ...which, userId: checkUserId(which.userId) }
      return await ending.endIn(sqlOfEntityManager(em), selection, cause(options))
    },
    async assertAlive (em, { id }) {
      checkSessionId(id)
      const row = await store.lockAlive(sqlOfEntityManager(em), id)
      const reason = row === null ? 'policy' : endOf(row)
      if (reason !== null) throw sessionEnded(reason)
    },
    aliveStatement: ({ id }) => store.aliveStatement(id),
    signal: (session) => signals.of(identityOf(session)),
    attach (socket, session) {
      checkSessionId(session.id)
      const identity = identityOf(session)
      const leased = (): boolean => renewal.leased() && databaseClock.latest() < identity.expiresAt
      const entry = sockets.attach(socket, identity, { leased, check: gate.check })
      if (entry !== null) void gate.check(entry)
    },
    on: events.on,
    async reauthenticated ({ id, userId, claims }) {
      checkSessionId(id)
      const at = await manager.noteAuthentication(id)
      return { until: untilOf(at, await stepUpWithin({ id, userId, claims })) }
    },
    cleanup: cleanup.run,
    health,
    /** For `fastify-live-sessions/testing`. */
    async [kSignIn] (userId, { claims, device: { id, name, clientId, userAgent } = {} }) {
      const described = describeDevice({ 'user-agent': userAgent })
      const opened = await manager.open({
        userId,
        claims,
        device: { ...described, deviceName: cleanDeviceName(name) ?? described.deviceName },
        deviceId: optionalId(id),
        clientId: optionalId(clientId),
        ip: null,
        asOf: await manager.loginBegin()
      })
      return { ...opened, cookieName }
    }
  }
  return { ...api, ...Object.fromEntries(CALLS.map((name) => [name, told(api[name], misused)])) }
}

/** Those that an app gives ids. */
const CALLS = ['open', 'list', 'get', 'rename', 'revoke', 'revokeOthers', 'revokeUser', 'revokeIn', 'assertAlive', 'reauthenticated'] as const

function told (call: (...given: never[]) => Promise<unknown>, misused: (error: unknown) => void) {
  return async (...given: never[]): Promise<unknown> => {
    try {
      return await call(...given)
    } catch (error) {
      misused(error)
      throw error
    }
  }
}

function cause ({ reason = 'policy', by = 'system', ip = null }: EndOptions = {}): Cause {
  return { reason, by: checkUserId(by), ip }
}

/** `expiresAt` may be an idle end, which moves on with every activity; the absolute one does not. */
function identityOf (session: Identity): SocketSession {
  const { id, userId, expiresAt, [kAbsoluteEnd]: absoluteEnd = Date.parse(expiresAt) } = session
  return { id, userId, expiresAt: absoluteEnd }
}
