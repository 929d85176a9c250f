/** `reply.setSession()` and `reply.clearSession()`: what they write into the browser. */
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { ResolvedCookie } from '../../src/options/cookie.ts'
import { describeArgument } from '../../src/app/arguments.ts'
import { CallInvalid } from '../../src/errors.ts'
import type { OpenedSession } from '../../src/session/opened-session.ts'
import type { CarriedSession } from './carried-session.ts'
import type { CookieShadows } from './cookie-shadows.ts'
import { serializeCookie } from './cookies.ts'
import type { DeviceCookie } from './device-cookie.ts'
import { kForgetCookie, kLogin } from './request-state.ts'

export interface SessionCookieOptions extends ResolvedCookie {
  shadows: Pick<CookieShadows, 'clear'>
  device: Pick<DeviceCookie, 'name' | 'toSet'>
  carriedSession: CarriedSession
  /** A login took the place of this session's cookie. */
  replaced: (session: { id: string, userId: string }, by: FastifyRequest) => void
  /** The database's time, in ms since 1970. */
  now: () => number
}

/** The device's cookie lives for a year and survives logouts. It opens nothing. */
const DEVICE_SECONDS = 365 * 86_400

export const sessionCookie = fp<SessionCookieOptions>(async (app, { name, secure, sameSite, path, domain, partitioned, shadows, device, carriedSession, replaced, now }) => {
  // The same for all cookies, and for clearing them: one of another path or domain is another cookie.
  const attributes = { httpOnly: true, sameSite, path, secure, ...(domain === undefined ? {} : { domain }), ...(partitioned ? { partitioned } : {}) }

  app.decorateReply('setSession', function (given) {
    const opened = checkOpened(given)
    const deviceValue = device.toSet(this.request)
    if (deviceValue !== null) void this.header('set-cookie', serializeCookie(device.name, deviceValue, { ...attributes, maxAge: DEVICE_SECONDS }))
    // The library's own login has seen to it before it answered.
    const carried = this.request[kLogin]?.replacesCookie === true ? null : carriedSession(this.request)
    if (carried !== null && carried.id !== opened.session.id) replaced(carried, this.request)
    // Before the own one: jars that hold a host and a domain of that name for the same keep what comes last.
    shadows.clear(this)
    // Max-Age beside Expires, and before it for every browser of today: whose clock is wrong is no matter then.
    const expires = new Date(opened.expiresAt)
    const maxAge = Math.max(0, Math.floor((expires.getTime() - now()) / 1_000))
    return this.header('set-cookie', serializeCookie(name, opened.token, { ...attributes, expires, maxAge }))
  })
  app.decorateReply(kForgetCookie, function () {
    const kept = [this.getHeader('set-cookie') ?? []].flat().map(String).filter((line) => !line.startsWith(`${name}=`) || line.startsWith(`${name}=;`))
    void this.removeHeader('set-cookie')
    if (kept.length > 0) void this.header('set-cookie', kept)
  })
  app.decorateReply('clearSession', function () {
    return this.header('set-cookie', serializeCookie(name, '', { ...attributes, expires: new Date(0), maxAge: 0 }))
  })
}, { name: 'fastify-live-sessions/session-cookie', fastify: '5.x' })

/** What a login gave; nothing else gets as far as a cookie. */
function checkOpened (given: unknown): OpenedSession {
  const { token, expiresAt, session, confirm } = (given ?? {}) as Partial<Record<keyof OpenedSession, unknown>>
  if (confirm !== undefined) throw new CallInvalid('setSession got what openIn() gives, whose session is there from the commit on; call confirm() after the commit: reply.setSession(await pending.confirm())')
  const complete = typeof token === 'string' && typeof expiresAt === 'string' && !Number.isNaN(Date.parse(expiresAt)) && typeof session === 'object' && session !== null
  if (!complete) throw new CallInvalid(`setSession got ${describeArgument(given)}; it takes what app.sessions.open() resolves with, {token, expiresAt, session}`)
  return given as OpenedSession
}
