/** Makes `app.sessions`: the use cases, for an app's own routes. */
import type { FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import {
  checkFunction, checkMethods, checkNarrowing, checkOneOf, checkOptionalBoolean, checkOptionalText, checkText,
  readOptions, rejectArgument
} from '../../src/app/arguments.ts'
import { cleanDeviceName } from '../../src/device/device.ts'
import { ArgumentInvalid } from '../../src/errors.ts'
import type { SocketRecheck } from '../../src/push/socket-recheck.ts'
import type { SessionSignals } from '../../src/push/session-signals.ts'
import type { SocketRegistry } from '../../src/push/socket-registry.ts'
import type { DatabaseClock } from '../../src/revocation/database-clock.ts'
import type { Lease } from '../../src/revocation/lease.ts'
import type { Cleanup } from '../../src/session/cleanup.ts'
import type { Ending } from '../../src/session/ending.ts'
import { checkSession, checkUserId } from '../../src/session/login-input.ts'
import type { SessionEmitter } from '../../src/session/session-events.ts'
import type { SessionManager } from '../../src/session/session-manager.ts'
import { kSignIn, type OpenWithoutRequest } from '../../src/testing/sign-in.ts'
import {
  cause, END_OPTIONS, EVENT_NAMES, identityOf, MAX_NAME, readListing, readViewer, selectionOf
} from './session-calls.ts'
import type { Health, OpenOptions, SessionsApi } from './sessions.ts'
import { requireSeen, type LoginDevice, type LoginUser, type SessionOpening } from '../auth/open-session.ts'
import { untilOf, type StepUpWithin } from '../auth/step-up.ts'
import type { ReportMisuse } from '../lifecycle/callback-reports.ts'

export interface SessionsApiOptions {
  manager: SessionManager
  cleanup: Cleanup
  ending: Ending
  sockets: SocketRegistry
  signals: SessionSignals
  recheck: SocketRecheck
  lease: Pick<Lease, 'held'>
  databaseClock: Pick<DatabaseClock, 'latest'>
  events: SessionEmitter
  health: () => Promise<Health>
  cookieName: string
  opening: SessionOpening
  stepUpWithin: StepUpWithin
  reportMisuse: ReportMisuse
}

type FullSessionsApi = SessionsApi & { [kSignIn]: OpenWithoutRequest }

export function createSessionsApi (options: SessionsApiOptions): FullSessionsApi {
  const { manager, cleanup, ending, sockets, signals, recheck, lease, databaseClock, events } = options
  const { health, cookieName, opening, stepUpWithin, reportMisuse } = options

  /** A login of this request, read. */
  function readOpen (
    call: string, request: FastifyRequest, options: OpenOptions
  ): [FastifyRequest, LoginUser, LoginDevice] {
    requireSeen(request)
    const names = ['userId', 'claims', 'device', 'failedLogins', 'method'] as const
    const known = readOptions(`the second argument of ${call}`, options, names)
    const { userId, claims, failedLogins, method } = known
    checkOptionalText('method', method)
    if (failedLogins !== undefined && (!Number.isSafeInteger(failedLogins) || failedLogins < 0)) {
      rejectArgument('failedLogins', failedLogins, 'a whole number from 0 on')
    }
    const device = readOptions('device', known.device, ['id', 'name', 'clientId', 'touch'])
    const { touch, ...texts } = device
    for (const [name, value] of Object.entries(texts)) checkOptionalText(`device.${name}`, value)
    checkOptionalBoolean('device.touch', touch)
    return [request, { userId, claims, failedLogins, method }, device]
  }

  const api: FullSessionsApi = {
    open: async (request, options) => await opening.open(...readOpen('open', request, options)),
    async openIn (transaction, request, options) {
      const pending = await opening.openIn(transaction, ...readOpen('openIn', request, options))
      return { ...pending, confirm: reportMisuse(pending.confirm) }
    },
    list: (userId, options) => manager.list(userId, readListing('list', options)),
    listPage: (userId, options) => manager.listPage(userId, readListing('listPage', options)),
    get (sessionId, options) {
      checkText('sessionId', sessionId)
      return manager.get(sessionId, readViewer('get', options))
    },
    rename (sessionId, deviceName, options) {
      checkText('sessionId', sessionId)
      checkText('deviceName', deviceName)
      const name = deviceName.length > MAX_NAME ? null : cleanDeviceName(deviceName)
      if (name === null) throw new ArgumentInvalid(`deviceName must have 1 to ${MAX_NAME} visible characters`)
      return manager.rename(sessionId, name, readViewer('rename', options))
    },
    confirm (sessionId, options) {
      checkText('sessionId', sessionId)
      return manager.confirm(sessionId, {
        userId: readOptions('the second argument of confirm', options, ['userId']).userId
      })
    },
    forgetDevices: (userId) => manager.forgetDevices(userId),
    revoke (sessionId, options) {
      checkText('sessionId', sessionId)
      const known = readOptions('the options of revoke', options, ['userId', ...END_OPTIONS])
      checkNarrowing(known, ['userId'])
      const { userId, ...end } = known
      return manager.revoke(sessionId, { userId, ...cause(end) })
    },
    revokeOthers (session, options) {
      const { id, userId } = checkSession(session)
      const user = checkUserId(userId, 'session.userId')
      const end = cause(readOptions('the options of revokeOthers', options, END_OPTIONS))
      return manager.revokeUser(user, { except: id, ...end, bySession: id })
    },
    revokeUser (userId, options) {
      const known = readOptions('the options of revokeUser', options, ['except', ...END_OPTIONS])
      checkNarrowing(known, ['except'])
      const { except, ...end } = known
      return manager.revokeUser(userId, { except, ...cause(end) })
    },
    async revokeIn (transaction, which, options) {
      const selection = selectionOf(which)
      const end = cause(readOptions('the options of revokeIn', options, END_OPTIONS))
      return reportMisuse(await ending.endIn(transaction, selection, end))
    },
    assertAlive: async (transaction, session) => await manager.assertAlive(transaction, checkSession(session).id),
    aliveStatement: (session) => manager.aliveStatement(checkSession(session).id),
    signal: (session) => signals.of(identityOf(session)),
    attach (socket, session) {
      checkMethods('socket', socket, ['on', 'send', 'ping', 'close', 'terminate'], 'a socket of ws')
      const identity = identityOf(session)
      const leased = (): boolean => lease.held() && databaseClock.latest() < identity.expiresAt
      const entry = sockets.attach(socket as WebSocket, identity, { leased, check: recheck.check })
      if (entry !== null) void recheck.check(entry)
    },
    on (name, listener) {
      checkOneOf('the event', name, EVENT_NAMES)
      checkFunction('the listener', listener)
      return events.on(name, listener)
    },
    async reauthenticated (session) {
      const { id, userId, claims } = checkSession(session)
      const at = await manager.noteAuthentication(id)
      return { until: untilOf(at, await stepUpWithin({ id, userId, claims })) }
    },
    cleanup: cleanup.run,
    health,
    /** For `fastify-live-sessions/testing`. */
    async [kSignIn] (userId, { claims, device: { userAgent, ...device } = {} }) {
      return { ...await opening.openWithoutRequest({ userId, claims }, device, userAgent), cookieName }
    }
  }
  const reported = CALLS.map((name) => [name, reportMisuse(api[name] as (...given: never[]) => Promise<unknown>)])
  return { ...api, ...Object.fromEntries(reported) as Partial<FullSessionsApi> }
}

/** Those that an app gives ids. */
const CALLS = [
  'open',
  'openIn',
  'list',
  'listPage',
  'get',
  'rename',
  'confirm',
  'forgetDevices',
  'revoke',
  'revokeOthers',
  'revokeUser',
  'revokeIn',
  'assertAlive',
  'reauthenticated'
] as const
