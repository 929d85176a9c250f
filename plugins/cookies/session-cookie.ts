/** The session's cookie: what a login writes into the browser, and what takes it away again. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { describeArgument } from '../../src/app/arguments.ts'
import { CallInvalid } from '../../src/errors.ts'
import type { ResolvedCookie } from '../../src/options/cookie.ts'
import type { OpenedSession } from '../../src/session/opened-session.ts'
import type { BrowserSession } from './browser-session.ts'
import { serializeCookie } from './cookie-header.ts'
import type { DuplicateCookies } from './duplicate-cookies.ts'
import type { DeviceCookie } from './device-cookie.ts'

export interface SessionCookieOptions {
  cookie: ResolvedCookie
  duplicates: Pick<DuplicateCookies, 'expireOthers'>
  device: Pick<DeviceCookie, 'name' | 'toSet'>
  browserSession: BrowserSession
  /** A login took the place of this session's cookie. */
  replaced: (session: { id: string, userId: string }, by: FastifyRequest) => void
  /** The database's time, in ms since 1970. */
  now: () => number
}

export interface SessionCookie {
  /**
   * Puts the session, and its device, into the browser. `account` is what was typed into the library's own login, which
   * has ended the session whose cookie this one replaces; null for an app's own login, of which that session is ended
   * here.
   */
  set: (reply: FastifyReply, opened: OpenedSession, account: string | null) => void
  /** Removes the cookie from the browser. */
  clear: (reply: FastifyReply) => void
  /** Takes off the reply what `set` put there. */
  takeBack: (reply: FastifyReply) => void
}

/** The device's cookie lives for a year and survives logouts. It opens nothing. */
const DEVICE_SECONDS = 365 * 86_400

export function createSessionCookie (options: SessionCookieOptions): SessionCookie {
  const { cookie, duplicates, device, browserSession, replaced, now } = options
  const { name, secure, sameSite, path, domain, partitioned } = cookie
  // The same for all cookies, and for clearing them: one of another path or domain is another cookie.
  const attributes = {
    httpOnly: true,
    sameSite,
    path,
    secure,
    ...(domain === undefined ? {} : { domain }),
    ...(partitioned ? { partitioned } : {})
  }

  return {
    set (reply, opened, account) {
      const { request } = reply
      const deviceValue = device.toSet(request, account)
      if (deviceValue !== null) {
        const line = serializeCookie(device.name, deviceValue, { ...attributes, maxAge: DEVICE_SECONDS })
        void reply.header('set-cookie', line)
      }
      const former = account === null ? browserSession(request) : null
      if (former !== null && former.id !== opened.session.id) replaced(former, request)
      // Before the own one: jars that hold a host and a domain of that name for the same keep what comes last.
      duplicates.expireOthers(reply)
      // Max-Age beside Expires, and before it for every browser of today: whose clock is wrong is no matter then.
      const expires = new Date(opened.expiresAt)
      const maxAge = Math.max(0, Math.floor((expires.getTime() - now()) / 1_000))
      void reply.header('set-cookie', serializeCookie(name, opened.token, { ...attributes, expires, maxAge }))
    },

    clear (reply) {
      void reply.header('set-cookie', serializeCookie(name, '', { ...attributes, expires: new Date(0), maxAge: 0 }))
    },

    takeBack (reply) {
      const lines = [reply.getHeader('set-cookie') ?? []].flat().map(String)
      const kept = lines.filter((line) => !line.startsWith(`${name}=`) || line.startsWith(`${name}=;`))
      void reply.removeHeader('set-cookie')
      if (kept.length > 0) void reply.header('set-cookie', kept)
    }
  }
}

/** `reply.setSession()` and `reply.clearSession()`. */
export function decorateReplies (app: FastifyInstance, cookie: Pick<SessionCookie, 'set' | 'clear'>): void {
  app.decorateReply('setSession', function (opened) {
    cookie.set(this, checkOpened(opened), null)
    return this
  })
  app.decorateReply('clearSession', function () {
    cookie.clear(this)
    return this
  })
}

/** What a login gave; nothing else gets as far as a cookie. */
function checkOpened (given: unknown): OpenedSession {
  const { token, expiresAt, session, confirm } = (given ?? {}) as Partial<Record<keyof OpenedSession, unknown>>
  if (confirm !== undefined) {
    throw new CallInvalid('setSession got what openIn() gives, whose session is there from the commit on; ' +
      'call confirm() after the commit: reply.setSession(await pending.confirm())')
  }
  const isTime = typeof expiresAt === 'string' && !Number.isNaN(Date.parse(expiresAt))
  const complete = typeof token === 'string' && isTime && typeof session === 'object' && session !== null
  if (!complete) {
    const takes = 'it takes what app.sessions.open() resolves with, {token, expiresAt, session}'
    throw new CallInvalid(`setSession got ${describeArgument(given)}; ${takes}`)
  }
  return given as OpenedSession
}
