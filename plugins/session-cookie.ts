/** The cookies: the session's, and the device's, by which a device is known again. `reply.setSession()` and `reply.clearSession()`. */
import { isIP } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { ResolvedCookie } from '../src/cookie-options.ts'
import type { DeviceIds } from '../src/device-id.ts'
import { optionalId } from '../src/session/login-input.ts'
import { countCookies, parseCookies, serializeCookie } from './cookies.ts'
import { kDeviceId } from './request-state.ts'

export interface SessionCookieOptions extends ResolvedCookie {
  /** The database's time, in ms since 1970. */
  now: () => number
}

/** Of a host's name and of a path. */
const MAX_PARTS = 4
/** The device's cookie lives for a year and survives logouts. It opens nothing. */
const DEVICE_SECONDS = 365 * 86_400

export const sessionCookie = fp<SessionCookieOptions>(async (app, { name, secure, sameSite, path, domain, partitioned, now }) => {
  // The same for all cookies, and for clearing them: one of another path or domain is another cookie.
  const attributes = { httpOnly: true, sameSite, path, secure, ...(domain === undefined ? {} : { domain }), ...(partitioned ? { partitioned } : {}) }
  const deviceName = deviceCookieName(name)

  /** Another cookie of that name was sent along: of a parent domain, or of a path. Whoever set it, it has to go, or nobody is signed in here any more. */
  function clearShadows (reply: FastifyReply): void {
    if (countCookies(reply.request.headers.cookie, name) < 2) return
    for (const place of shadowPlaces(reply.request)) {
      if (place.path === path && place.domain === domain?.replace(/^\./, '').toLowerCase()) continue
      const { domain: _own, ...others } = { domain, ...attributes }
      void reply.header('set-cookie', serializeCookie(name, '', { ...others, ...place, expires: new Date(0), maxAge: 0 }))
    }
  }

  app.decorateReply('setSession', function (opened) {
    const deviceId = this.request[kDeviceId]
    if (deviceId !== undefined && deviceId !== cookieOf(this.request, deviceName)) {
      void this.header('set-cookie', serializeCookie(deviceName, deviceId, { ...attributes, maxAge: DEVICE_SECONDS }))
    }
    clearShadows(this)
    // Max-Age beside Expires, and before it for every browser of today: whose clock is wrong is no matter then.
    const expires = new Date(opened.expiresAt)
    const maxAge = Math.max(0, Math.floor((expires.getTime() - now()) / 1_000))
    return this.header('set-cookie', serializeCookie(name, opened.token, { ...attributes, expires, maxAge }))
  })
  app.decorateReply('clearSession', function () {
    clearShadows(this)
    return this.header('set-cookie', serializeCookie(name, '', { ...attributes, expires: new Date(0), maxAge: 0 }))
  })
}, { name: 'fastify-live-sessions/session-cookie', fastify: '5.x' })

/**
 * The device of this login. What the client says in the body, next to the password, is its own affair, and stays. Of the cookie, which
 * anybody may have planted, only an id that this server issued for this very user counts; else it is a new one. Kept for `setSession()`.
 */
export function deviceIdOf (request: FastifyRequest, { given, userId, sessionCookieName, deviceIds }: { given: string | undefined, userId: string, sessionCookieName: string, deviceIds: DeviceIds }): string {
  const said = optionalId(given)
  if (said !== null) return said
  const known = knownDeviceOf(request, { userId, sessionCookieName, deviceIds })
  const id = known ?? deviceIds.issue(userId)
  request[kDeviceId] = id
  return id
}

/** The cookie's device, where it is one of ours for this user. */
export function knownDeviceOf (request: FastifyRequest, { userId, sessionCookieName, deviceIds }: { userId: string, sessionCookieName: string, deviceIds: DeviceIds }): string | null {
  const id = cookieOf(request, deviceCookieName(sessionCookieName))
  return id !== undefined && deviceIds.isOurs(id, userId) ? id : null
}

function deviceCookieName (sessionCookieName: string): string {
  return `${sessionCookieName}-device`
}

function cookieOf (request: FastifyRequest, name: string): string | undefined {
  const { cookie } = request.headers
  return cookie === undefined ? undefined : parseCookies(cookie)[name]
}

/** Where a cookie of the same name may sit beside ours: each domain above the host's, each path down to the request's. */
function shadowPlaces ({ hostname, url }: FastifyRequest): Array<{ path: string, domain?: string }> {
  const labels = isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? hostname.split('.').slice(-MAX_PARTS) : []
  const domains = labels.slice(0, -1).map((_, index) => labels.slice(index).join('.')).filter((domain) => /^[\w.-]+$/.test(domain))
  const parts = url.split('?', 1)[0]?.split('/').filter((part) => /^[\w.-]+$/.test(part)).slice(0, MAX_PARTS) ?? []
  const deeper = parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`)
  return ['/', ...deeper].flatMap((path) => [{ path }, ...domains.map((domain) => ({ path, domain }))])
}
