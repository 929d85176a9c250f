/** The cookies: the session's, and the device's, by which a device is known again. `reply.setSession()` and `reply.clearSession()`. */
import { randomUUID } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { ResolvedCookie } from '../src/cookie-options.ts'
import { optionalId } from '../src/session/login-input.ts'
import { parseCookies, serializeCookie } from './cookies.ts'
import { kDeviceId } from './request-state.ts'

export interface SessionCookieOptions extends ResolvedCookie {
  /** The database's time, in ms since 1970. */
  now: () => number
}

/** The device's cookie lives for a year and survives logouts. It opens nothing. */
const DEVICE_SECONDS = 365 * 86_400

export const sessionCookie = fp<SessionCookieOptions>(async (app, { name, secure, sameSite, path, domain, partitioned, now }) => {
  // The same for all cookies, and for clearing them: one of another path or domain is another cookie.
  const attributes = { httpOnly: true, sameSite, path, secure, ...(domain === undefined ? {} : { domain }), ...(partitioned ? { partitioned } : {}) }
  const deviceName = deviceCookieName(name)

  app.decorateReply('setSession', function (opened) {
    const deviceId = this.request[kDeviceId]
    if (deviceId !== undefined && deviceId !== cookieOf(this.request, deviceName)) {
      void this.header('set-cookie', serializeCookie(deviceName, deviceId, { ...attributes, maxAge: DEVICE_SECONDS }))
    }
    // Max-Age beside Expires, and before it for every browser of today: whose clock is wrong is no matter then.
    const expires = new Date(opened.expiresAt)
    const maxAge = Math.max(0, Math.floor((expires.getTime() - now()) / 1_000))
    return this.header('set-cookie', serializeCookie(name, opened.token, { ...attributes, expires, maxAge }))
  })
  app.decorateReply('clearSession', function () {
    return this.header('set-cookie', serializeCookie(name, '', { ...attributes, expires: new Date(0), maxAge: 0 }))
  })
}, { name: 'fastify-live-sessions/session-cookie', fastify: '5.x' })

/** The device of this request: what the client says, else its cookie, else a new id; kept for `setSession()`. */
export function deviceIdOf (request: FastifyRequest, given: string | undefined, sessionCookieName: string): string {
  const id = optionalId(given) ?? optionalId(cookieOf(request, deviceCookieName(sessionCookieName))) ?? randomUUID()
  request[kDeviceId] = id
  return id
}

function deviceCookieName (sessionCookieName: string): string {
  return `${sessionCookieName}-device`
}

function cookieOf (request: FastifyRequest, name: string): string | undefined {
  const { cookie } = request.headers
  return cookie === undefined ? undefined : parseCookies(cookie)[name]
}
