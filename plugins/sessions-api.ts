/** `app.sessions`: the use cases, for an app's own routes. */
import type { FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import type { SessionView } from '../src/admission/session-record.ts'
import { cleanDeviceName, describeDevice } from '../src/device.ts'
import type { RevocationReason, RevocationReport, Session, SessionDetail } from '../src/protocol.ts'
import type { Gate } from '../src/push/gate.ts'
import type { SocketRegistry } from '../src/push/socket-registry.ts'
import { optionalId } from '../src/session/login-input.ts'
import type { SessionEmitter } from '../src/session/session-events.ts'
import type { OpenedSession, SessionManager } from '../src/session/session-manager.ts'
import { kAsOf } from './request-state.ts'

export interface OpenOptions {
  /** The user's id in the app. */
  userId: string
  /** Further claims for the token. */
  claims?: Record<string, unknown> | undefined
  /** What the client says of its device: an id that stays, a name for the list, the app's own name for the client. */
  device?: { id?: string, name?: string, clientId?: string } | undefined
}

export interface EndOptions {
  /** @default 'policy' */
  reason?: RevocationReason
  /** Who ends it, for the audit event: a user id. @default 'system' */
  by?: string
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
}

export interface SessionsApi {
  /** A new session for this request's device. Rejects with INVALID_CREDENTIALS when the user's credentials changed since the request began. */
  open: (request: FastifyRequest, options: OpenOptions) => Promise<OpenedSession>
  /** The user's living sessions, latest activity first; with `includeEnded` the ended ones too. */
  list: (userId: string, options?: { currentId?: string | null, includeEnded?: boolean }) => Promise<Session[]>
  /** One session; with `userId` only this user's. Rejects with SESSION_NOT_FOUND. */
  get: (sessionId: string, options?: { userId?: string, currentId?: string | null }) => Promise<SessionDetail>
  /** Another name for a living session. Rejects with SESSION_NOT_FOUND. */
  rename: (sessionId: string, deviceName: string, options?: { userId?: string, currentId?: string | null }) => Promise<Session>
  /** Ends one session. Resolves when it is certain. Rejects with SESSION_NOT_FOUND or SESSION_REVOCATION_UNCONFIRMED. */
  revoke: (sessionId: string, options?: EndOptions & { userId?: string }) => Promise<RevocationReport>
  /** Ends all other sessions of this session's user. */
  revokeOthers: (session: Pick<SessionView, 'id' | 'userId'>, options?: EndOptions) => Promise<RevocationReport>
  /** Ends all sessions of a user, but for `except`. With `password_changed` or `account_disabled`, logins under way are refused too. */
  revokeUser: (userId: string, options?: EndOptions & { except?: string }) => Promise<RevocationReport>
  /** The app's own socket gets the same `logout`, close and expiry as the library's. Attach it before anything else is awaited. */
  attach: (socket: WebSocket, session: Pick<SessionView, 'id' | 'userId' | 'expiresAt'>) => void
  /** Listens; gives the function that stops listening. */
  on: SessionEmitter['on']
  health: () => Promise<Health>
}

export interface SessionsApiOptions {
  manager: SessionManager
  sockets: SocketRegistry
  gate: Gate
  events: SessionEmitter
  health: () => Promise<Health>
}

export function createSessionsApi ({ manager, sockets, gate, events, health }: SessionsApiOptions): SessionsApi {
  return {
    async open (request, { userId, claims, device }) {
      const described = describeDevice(request.headers)
      return await manager.open({
        userId,
        claims,
        device: { ...described, deviceName: cleanDeviceName(device?.name) ?? described.deviceName },
        deviceId: optionalId(device?.id),
        clientId: optionalId(device?.clientId),
        ip: request.ip,
        asOf: request[kAsOf] ?? null
      })
    },
    list: manager.list,
    get: manager.get,
    rename: manager.rename,
    revoke: (sessionId, { userId, ...options } = {}) => manager.revoke(sessionId, { userId, ...cause(options) }),
    revokeOthers: ({ id, userId }, options) => manager.revokeUser(userId, { except: id, ...cause(options) }),
    revokeUser: (userId, { except, ...options } = {}) => manager.revokeUser(userId, { except, ...cause(options) }),
    attach (socket, session) {
      const entry = sockets.add(socket, { id: session.id, userId: session.userId, expiresAt: Date.parse(session.expiresAt) })
      if (entry === null) socket.close(1012, 'the server restarts')
      else void gate.check(entry)
    },
    on: events.on,
    health
  }
}

function cause ({ reason = 'policy', by = 'system', ip = null }: EndOptions = {}): Required<EndOptions> {
  return { reason, by, ip }
}
