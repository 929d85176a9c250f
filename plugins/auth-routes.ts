/** Login, logout, and the confirmation of the password. */
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { InvalidCredentials, LoginAnswerInvalid, OriginForbidden, TlsRequired } from '../src/errors.ts'
import type { LoginIdentity, ResolvedLogin } from '../src/options.ts'
import type { LoginAnswer } from '../src/protocol.ts'
import type { SessionManager } from '../src/session/session-manager.ts'
import { isoTime } from '../src/session-row.ts'
import { allowEnded, subjectOf } from './current-session.ts'
import { requireSession } from './guards.ts'
import { createLoginLimit } from './login-limit.ts'
import { crossSite } from './origin.ts'
import { kLook } from './request-state.ts'
import { routeSchemas } from './route-schemas.ts'
import type { LacksTls } from './tls.ts'

export interface AuthRoutesOptions {
  manager: SessionManager
  login: ResolvedLogin<FastifyRequest> | undefined
  /** Null: no step-up, and no route for it. */
  reauthenticateWithinMs: number | null
  allowedOrigins: ReadonlySet<string>
  lacksTls: LacksTls
  clearSiteData: readonly string[] | false
}

export const authRoutes: FastifyPluginAsyncTypebox<AuthRoutesOptions> = async (app, { manager, login, reauthenticateWithinMs, allowedOrigins, lacksTls, clearSiteData }) => {
  if (login !== undefined) {
    const limit = createLoginLimit(login.failuresPerMinute)

    app.post('/auth/login', { schema: routeSchemas.login }, async (request, reply): Promise<LoginAnswer> => {
      const { email, transport, device } = request.body
      // Before the password is checked: what was read on the way must not even be confirmed.
      if (lacksTls(request)) throw new TlsRequired()
      if (transport === 'cookie') requireSameSite(request, allowedOrigins)
      const identity = await limit.attempt(request, email, async () => {
        await beginLogin(request)
        return identityOf(await login.verify({ body: request.body, request }))
      })
      if (identity === null) throw new InvalidCredentials()
      const opened = await app.sessions.open(request, { userId: identity.id, claims: identity.claims, device })
      if (transport !== 'cookie') return opened
      reply.setSession(opened)
      return { expiresAt: opened.expiresAt, session: opened.session }
    })
  }

  /** Without a lease this node may not know what the user's password was changed to: it asks, before the password is checked. */
  async function beginLogin (request: FastifyRequest): Promise<void> {
    const look = request[kLook]
    if (look?.asOf === null) look.asOf = await manager.loginBegin()
  }

  if (login?.reauthenticate !== undefined && reauthenticateWithinMs !== null) {
    const { reauthenticate } = login
    const limit = createLoginLimit(login.failuresPerMinute)

    app.post('/auth/reauthenticate', { onRequest: requireSession, schema: routeSchemas.reauthenticate }, async (request) => {
      const { id, userId } = subjectOf(request)
      const same = await limit.attempt(request, userId, async () => Boolean(await reauthenticate({ body: request.body, userId, request })))
      if (!same) throw new InvalidCredentials()
      return { until: isoTime(await manager.noteAuthentication(id) + reauthenticateWithinMs) }
    })
  }

  app.post('/auth/logout', { onRequest: allowEnded, schema: routeSchemas.logout }, async (request, reply) => {
    const { id, userId } = subjectOf(request)
    const report = await manager.revoke(id, { userId, reason: 'logout', by: userId, ip: request.ip })
    reply.clearSession()
    if (clearSiteData !== false) reply.header('clear-site-data', clearSiteData.map((type) => `"${type}"`).join(', '))
    return report
  })
}

/** What `verify` gave: no type holds an app in JavaScript to it, and a function that finds nobody may just end. */
function identityOf (given: unknown): LoginIdentity | null {
  if (given === null || given === undefined) return null
  if (typeof given !== 'object') throw new LoginAnswerInvalid(`a ${typeof given}`)
  if (!('id' in given) || typeof given.id !== 'string') throw new LoginAnswerInvalid('an object whose id is no text')
  return given as LoginIdentity
}

/** A login with the cookie from another site would sign the person in as somebody else. */
function requireSameSite (request: FastifyRequest, allowedOrigins: ReadonlySet<string>): void {
  const why = crossSite(request, allowedOrigins)
  if (why !== null) throw new OriginForbidden(why)
}
