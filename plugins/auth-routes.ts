/** Login and logout. */
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { InvalidCredentials, OriginForbidden } from '../src/errors.ts'
import type { LoginIdentity, LoginOptions } from '../src/options.ts'
import type { LoginAnswer } from '../src/protocol.ts'
import type { SessionManager } from '../src/session/session-manager.ts'
import { allowEnded, subjectOf } from './current-session.ts'
import { createLoginLimit } from './login-limit.ts'
import { crossSite } from './origin.ts'
import { LoginBody } from './schemas.ts'

export interface AuthRoutesOptions {
  manager: SessionManager
  login: Required<LoginOptions<FastifyRequest>> | undefined
  allowedOrigins: ReadonlySet<string>
  clearSiteData: readonly string[] | false
}

export const authRoutes: FastifyPluginAsyncTypebox<AuthRoutesOptions> = async (app, { manager, login, allowedOrigins, clearSiteData }) => {
  if (login !== undefined) {
    const limit = createLoginLimit(login.failuresPerMinute)

    app.post('/auth/login', { schema: { body: LoginBody } }, async (request, reply): Promise<LoginAnswer> => {
      const { email, transport, device } = request.body
      if (transport === 'cookie') requireSameSite(request, allowedOrigins)
      await limit.check(request, email)
      const identity: LoginIdentity | null = await login.verify({ body: request.body, request })
      if (identity === null) {
        await limit.failed(request, email)
        throw new InvalidCredentials()
      }
      const opened = await app.sessions.open(request, { userId: identity.id, claims: identity.claims, device })
      if (transport !== 'cookie') return opened
      reply.setSession(opened)
      return { expiresAt: opened.expiresAt, session: opened.session }
    })
  }

  app.post('/auth/logout', { onRequest: allowEnded }, async (request, reply) => {
    const { id, userId } = subjectOf(request)
    const report = await manager.revoke(id, { userId, reason: 'logout', by: userId, ip: request.ip })
    reply.clearSession()
    if (clearSiteData !== false) reply.header('clear-site-data', clearSiteData.map((type) => `"${type}"`).join(', '))
    return report
  })
}

/** A login with the cookie from another site would sign the person in as somebody else. */
function requireSameSite (request: FastifyRequest, allowedOrigins: ReadonlySet<string>): void {
  const why = crossSite(request, allowedOrigins)
  if (why !== null) throw new OriginForbidden(why)
}
