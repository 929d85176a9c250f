/**
 * How a session is opened: by the library's login route, by `app.sessions.open` and `openIn`, and for an app's own
 * tests.
 */
import type { FastifyRequest } from 'fastify'
import { normalizeAddress } from '../../src/address.ts'
import { describeArgument } from '../../src/app/arguments.ts'
import type { Transaction } from '../../src/app/instances.ts'
import { cleanDeviceName, describeDevice } from '../../src/device/device.ts'
import { CallInvalid, TlsRequired } from '../../src/errors.ts'
import type { UserId } from '../../src/session-types.ts'
import type { Browser, LoginRequest } from '../../src/session/login-request.ts'
import { checkUserId, optionalId } from '../../src/session/login-input.ts'
import type { OpenedSession, PendingSession } from '../../src/session/opened-session.ts'
import type { SessionManager } from '../../src/session/session-manager.ts'
import type { WatchDelivery } from '../api/undelivered.ts'
import type { BrowserSession } from '../cookies/browser-session.ts'
import type { DeviceCookie } from '../cookies/device-cookie.ts'
import { authenticationOf, type RequestAuthentication } from './request-authentication.ts'
import type { LacksTls } from './tls.ts'

export interface SessionOpeningOptions {
  manager: Pick<SessionManager, 'open' | 'openIn' | 'snapshot'>
  device: Pick<DeviceCookie, 'deviceOf'>
  browserSession: BrowserSession
  lacksTls: LacksTls
  watchDelivery: WatchDelivery
}

/** Who signs in. */
export interface LoginUser {
  userId: UserId
  /** For the token. */
  claims?: Record<string, unknown> | undefined
  /** Wrong passwords before the right one, as the app counted them. */
  failedLogins?: number | undefined
  /** By which way they signed in, for notices. */
  method?: string | null | undefined
}

/** What the client says of its device. */
export interface LoginDevice {
  id?: string | undefined
  name?: string | undefined
  clientId?: string | undefined
  /** Whether the screen takes touches, as the page knows. */
  touch?: boolean | undefined
}

/** What only the library's own login route knows of a login. */
export interface LoginKnowledge {
  /** The token goes into the cookie, and takes the place of what is there. */
  replacesCookie: boolean
  /**
   * A snapshot of the database from before the password was checked, for a login by cookie; null when it could not be
   * had.
   */
  begun: Promise<string | null> | null
  /** Wrong passwords for the account before the right one. */
  failedLogins: number
  /** By which way it is. */
  method: string | null
}

const OF_AN_APP: LoginKnowledge = { replacesCookie: false, begun: null, failedLogins: 0, method: null }

export type SessionOpening = ReturnType<typeof createSessionOpening>

export function createSessionOpening (options: SessionOpeningOptions) {
  const { manager, device: deviceCookie, browserSession, lacksTls, watchDelivery } = options

  function inputOf (
    request: FastifyRequest, user: LoginUser, device: LoginDevice, login: LoginKnowledge
  ): LoginRequest {
    const { asOf } = requireSeen(request)
    if (lacksTls(request)) throw new TlsRequired()
    const { id, isNew } = deviceCookie.deviceOf(request, { given: device.id, userId: checkUserId(user.userId) })
    const browser: Browser = {
      session: browserSession(request)?.id ?? null,
      replaces: login.replacesCookie,
      begun: isNew ? login.begun : null
    }
    const ip = normalizeAddress(request.ip)
    const failedLogins = user.failedLogins ?? login.failedLogins
    const method = user.method ?? login.method
    const known = { deviceId: id, ip, asOf, failedLogins, method, browser }
    return { ...described(user, device, request.headers), ...known }
  }

  /** The session ends again where its token does not leave with the answer to this request. */
  function watched (request: FastifyRequest, opened: OpenedSession): OpenedSession {
    watchDelivery(requireSeen(request).reply, opened)
    return opened
  }

  return {
    /** A new session on the device that sent this request. Rejects as `app.sessions.open` says. */
    async open (
      request: FastifyRequest, user: LoginUser, device: LoginDevice, login: LoginKnowledge = OF_AN_APP
    ): Promise<OpenedSession> {
      return watched(request, await manager.open(inputOf(request, user, device, login)))
    },

    /** The same in an app's own transaction. Rejects as `app.sessions.openIn` says. */
    async openIn (
      transaction: Transaction, request: FastifyRequest, user: LoginUser, device: LoginDevice
    ): Promise<PendingSession> {
      const pending = await manager.openIn(transaction, inputOf(request, user, device, OF_AN_APP))
      return { ...pending, confirm: async () => watched(request, await pending.confirm()) }
    },

    /** For `fastify-live-sessions/testing`. */
    async openWithoutRequest (
      user: LoginUser, device: LoginDevice, userAgent: string | undefined
    ): Promise<OpenedSession> {
      const asOf = await manager.snapshot()
      return await manager.open({
        ...described(user, device, { 'user-agent': userAgent }),
        deviceId: optionalId(device.id),
        ip: null,
        asOf
      })
    }
  }
}

/**
 * Of a request that came past the plugin's hook: nothing else says since when it counts, and a password may have been
 * changed since. Throws SESSION_CALL_INVALID for any other.
 */
export function requireSeen (request: FastifyRequest): RequestAuthentication {
  const given = request as FastifyRequest | null | undefined
  const authentication = given === null || given === undefined ? undefined : authenticationOf(given)
  if (authentication === undefined) {
    throw new CallInvalid(
      `request is ${describeArgument(request)} that the plugin has not seen; give the request as a handler gets it, ` +
      'not request.raw, and register the plugin before the hooks and in the scope (or one around it) of the routes ' +
      'that open sessions'
    )
  }
  return authentication
}

function described (
  { userId, claims }: LoginUser, { name, clientId, touch }: LoginDevice, headers: FastifyRequest['headers']
): Pick<LoginRequest, 'userId' | 'claims' | 'device' | 'clientId'> {
  const device = describeDevice(headers, { touch })
  return {
    userId,
    claims,
    device: { ...device, deviceName: cleanDeviceName(name) ?? device.deviceName },
    clientId: optionalId(clientId)
  }
}
