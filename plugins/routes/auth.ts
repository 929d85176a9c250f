/** Login, logout, and the confirmation of the password. */
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { normalizeAddress } from '../../src/address.ts'
import { UnexpectedResult, readYesOrNo, type AskApp } from '../../src/app/callbacks.ts'
import { CallInvalid, InvalidCredentials, OriginForbidden, TlsRequired } from '../../src/errors.ts'
import type { LoginIdentity } from '../../src/options/options.ts'
import type { ResolvedLogin } from '../../src/options/defaults.ts'
import type { LoginAnswer } from '../../src/protocol.ts'
import type { SessionManager } from '../../src/session/session-manager.ts'
import { checkClaims, describeUserId, USER_ID_TAKES, userIdText } from '../../src/session/login-input.ts'
import { allowEnded } from '../auth/allow-ended.ts'
import { requireSession } from '../auth/guards.ts'
import type { LoginKnowledge, SessionOpening } from '../auth/open-session.ts'
import { crossSite } from '../auth/origin.ts'
import { authenticationOf, guardedRecord, subjectOf } from '../auth/request-authentication.ts'
import { untilOf, type StepUpWithin } from '../auth/step-up.ts'
import type { LacksTls } from '../auth/tls.ts'
import type { DeviceCookie } from '../cookies/device-cookie.ts'
import type { SessionCookie } from '../cookies/session-cookie.ts'
import { inScope } from '../in-scope.ts'
import { accountText, createLoginLimit } from './login-limit.ts'
import { routeSchemas } from './schemas/index.ts'

export interface AuthRoutesOptions {
  manager: SessionManager
  login: ResolvedLogin<FastifyRequest> | undefined
  openSession: SessionOpening['open']
  cookie: Pick<SessionCookie, 'set' | 'clear'>
  device: Pick<DeviceCookie, 'knownFor'>
  askApp: AskApp
  /** Null: no step-up, and no route for it. */
  stepUpWithin: StepUpWithin | null
  allowedOrigins: ReadonlySet<string>
  lacksTls: LacksTls
  clearSiteData: readonly string[] | false
}

export const authRoutes = inScope<FastifyPluginAsyncTypebox<AuthRoutesOptions>>('auth', async (app, options) => {
  const { manager, login, openSession, cookie, device: deviceCookie, askApp, stepUpWithin } = options
  const { allowedOrigins, lacksTls, clearSiteData } = options
  if (login !== undefined) {
    const limit = createLoginLimit(login)

    app.post('/auth/login', { schema: routeSchemas.login }, async (request, reply): Promise<LoginAnswer> => {
      const { email, transport, device = {} } = request.body
      const byCookie = transport === 'cookie'
      // Before the password is checked: what was read on the way must not even be confirmed.
      if (lacksTls(request)) throw new TlsRequired()
      if (byCookie) requireSameSite(request, allowedOrigins)
      const account = accountText(email)
      const knowledge: LoginKnowledge = { replacesCookie: byCookie, begun: null, failedLogins: 0, method: 'password' }
      const attempt = { account, device: deviceCookie.knownFor(request, account) }
      const identity = await limit.attempt(request, attempt, async () => {
        await beginProof(request)
        if (byCookie) knowledge.begun = manager.snapshot().catch(() => null)
        return await askApp('login.verify', () => login.verify({ body: request.body, request }), readIdentity)
      })
      if (identity === null) throw new InvalidCredentials()
      knowledge.failedLogins = limit.takeFailures(account)
      const user = { userId: identity.id, claims: identity.claims }
      const opened = await blameVerify(openSession(request, user, device, knowledge))
      if (!byCookie) return opened
      cookie.set(reply, opened, account)
      return { expiresAt: opened.expiresAt, session: opened.session }
    })
  }

  /** Claims that no token takes are its mistake as well, and found only when they are written. */
  async function blameVerify<Opened> (opening: Promise<Opened>): Promise<Opened> {
    return await opening.catch(async (error: unknown) => {
      if (!(error instanceof CallInvalid)) throw error
      return await askApp('login.verify', () => { throw error }, (never) => never)
    })
  }

  /**
   * Without a lease this node may not know what the user's password was changed to: it asks, before the password is
   * checked.
   */
  async function beginProof (request: FastifyRequest): Promise<string | null> {
    return await authenticationOf(request)?.beginProof(manager.snapshot) ?? null
  }

  if (login?.reauthenticate !== undefined && stepUpWithin !== null) {
    const { reauthenticate } = login
    const limit = createLoginLimit(login)

    app.post('/auth/reauthenticate', {
      onRequest: requireSession,
      schema: routeSchemas.reauthenticate
    }, async (request) => {
      const { id, userId } = subjectOf(request)
      let since: string | null = null
      const same = await limit.attempt(request, { account: userId, device: id }, async () => {
        since = await beginProof(request)
        const { body } = request
        return await askApp('login.reauthenticate', () => reauthenticate({ body, userId, request }), readYesOrNo)
      })
      if (!same) throw new InvalidCredentials()
      const at = await manager.noteAuthentication(id, since)
      return { until: untilOf(at, await stepUpWithin(guardedRecord(request))) }
    })
  }

  app.post('/auth/logout', { onRequest: allowEnded, schema: routeSchemas.logout }, async (request, reply) => {
    const { id, userId } = subjectOf(request)
    const report = await manager.revoke(id, { userId, reason: 'logout', by: userId, ip: normalizeAddress(request.ip) })
    cookie.clear(reply)
    if (clearSiteData !== false) reply.header('clear-site-data', clearSiteData.map((type) => `"${type}"`).join(', '))
    return report
  })
})

/** What `verify` gave: no type holds an app in JavaScript to it, and a function that finds nobody may just end. */
function readIdentity (given: unknown): (LoginIdentity & { id: string }) | null {
  if (given === null || given === undefined) return null
  if (typeof given !== 'object' || !('id' in given)) {
    throw new UnexpectedResult(given, '{id, claims?}, or null when the address or the password is wrong')
  }
  const { id, claims } = given as LoginIdentity
  const text = userIdText(id)
  if (text === null) throw new UnexpectedResult(id, `as the user's id ${USER_ID_TAKES}`, describeUserId(id))
  return { id: text, claims: checkClaims(claims) }
}

/** A login with the cookie from another site would sign the person in as somebody else. */
function requireSameSite (request: FastifyRequest, allowedOrigins: ReadonlySet<string>): void {
  const why = crossSite(request, allowedOrigins)
  if (why !== null) throw new OriginForbidden(why)
}
