/** Makes `app.sessions`: the use cases, for an app's own routes. */
import type { WebSocket } from 'ws'
import { normalizeAddress } from '../src/address.ts'
import { kAbsoluteEnd } from '../src/admission/session-view.ts'
import { cleanDeviceName, describeDevice } from '../src/device.ts'
import { sessionEnded, TlsRequired } from '../src/errors.ts'
import type { Gate } from '../src/push/gate.ts'
import type { SessionSignals } from '../src/push/session-signals.ts'
import type { SocketSession } from '../src/push/session-socket.ts'
import type { SocketRegistry } from '../src/push/socket-registry.ts'
import type { DatabaseClock } from '../src/revocation/database-clock.ts'
import type { Renewal } from '../src/revocation/renewal.ts'
import type { Cleanup } from '../src/session/cleanup.ts'
import type { Cause } from '../src/session/ended-session.ts'
import type { Ending } from '../src/session/ending.ts'
import { checkSessionId, checkUserId, optionalId } from '../src/session/login-input.ts'
import type { SessionEmitter } from '../src/session/session-events.ts'
import type { SessionManager } from '../src/session/session-manager.ts'
import type { SessionStore } from '../src/session/session-store.ts'
import { endOf } from '../src/session-row.ts'
import { sqlOfEntityManager } from '../src/sql.ts'
import { kSignIn, type OpenWithoutRequest } from '../src/testing/sign-in.ts'
import { kLook } from './request-state.ts'
import { deviceIdOf } from './session-cookie.ts'
import type { EndOptions, Health, Identity, SessionsApi } from './sessions.ts'
import { untilOf, type StepUpWithin } from './step-up.ts'
import type { LacksTls } from './tls.ts'

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
        ip: normalizeAddress(request.ip),
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
      const entry = sockets.attach(socket as WebSocket, identity, { leased, check: gate.check })
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
  return { reason, by: checkUserId(by), ip: normalizeAddress(ip) }
}

/** `expiresAt` may be an idle end, which moves on with every activity; the absolute one does not. */
function identityOf (session: Identity): SocketSession {
  const { id, userId, expiresAt, [kAbsoluteEnd]: absoluteEnd = Date.parse(expiresAt) } = session
  return { id, userId, expiresAt: absoluteEnd }
}
