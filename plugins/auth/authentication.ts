/**
 * The hooks that authenticate: each request when it comes in, and a guarded one again before its handler if anything
 * waited.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Admission } from '../../src/admission/admission.ts'
import { Rejection, type AdmissionResult } from '../../src/admission/admission-result.ts'
import { SessionRecord } from '../../src/admission/session-record.ts'
import { createSessionViews } from '../../src/admission/session-views.ts'
import { DecoratorTaken, OriginForbidden, RegisteredTwice, TlsRequired, TokenInvalid } from '../../src/errors.ts'
import type { Lease } from '../../src/revocation/lease.ts'
import type { Renewal } from '../../src/revocation/renewal.ts'
import type { Activity } from '../../src/session/activity.ts'
import type { DuplicateCookies } from '../cookies/duplicate-cookies.ts'
import { sendError } from '../error-replies.ts'
import { kReadAgain } from './confirmed-session.ts'
import { cookieToken, markPlainRoutes, sentToken, SEVERAL_COOKIES } from './credentials.ts'
import { kAuthenticate, requireSession } from './guards.ts'
import { crossSite, isUnsafe } from './origin.ts'
import { authenticationOf, startAuthentication, type RequestAuthentication } from './request-authentication.ts'
import type { LacksTls } from './tls.ts'

export interface AuthenticationOptions {
  admission: Admission
  activity: Activity
  /** Under a lease, logins that begin now may count on the renewal's cursor. */
  lease: Pick<Lease, 'held'>
  renewal: Pick<Renewal, 'cursor'>
  cookieName: string
  allowedOrigins: ReadonlySet<string>
  lacksTls: LacksTls
  duplicates: Pick<DuplicateCookies, 'expireReceived'>
  idleTimeoutMs: number
}

/** Throws SESSION_DECORATOR_TAKEN where the app has no place for this plugin. */
export function requirePlace (app: FastifyInstance): void {
  if (app.hasDecorator(kAuthenticate)) throw new RegisteredTwice()
  if (app.hasRequestDecorator('session')) throw new DecoratorTaken('request.session')
  if (app.hasDecorator('sessions')) throw new DecoratorTaken('app.sessions')
}

export const authentication = fp<AuthenticationOptions>(async (app, options) => {
  const { admission, activity, lease, renewal, duplicates, idleTimeoutMs } = options
  const { cookieName, allowedOrigins, lacksTls } = options
  const severalCookies = `live-sessions: several cookies named ${cookieName}; ` +
    'one of them may be planted, from another host of this domain'
  const viewOf = createSessionViews(idleTimeoutMs)
  app.decorateRequest('session', {
    getter (this: FastifyRequest) {
      const record = authenticationOf(this)?.record ?? null
      return record === null ? null : viewOf(record)
    }
  })
  app.decorate('requireSession', requireSession)
  app.decorate(kAuthenticate, authenticate)
  app.decorate(kReadAgain, (record: SessionRecord) => {
    admission.refresh(record.id)
    return admission.stillAdmitted(record)
  })

  /** In the usual case nothing here waits: `done` is called in the same step. */
  function authenticate (request: FastifyRequest, reply: FastifyReply, done: () => void): void {
    const sent = sentToken(request)
    const token = sent ?? cookieToken(request, cookieName)
    const byCookie = sent === null && token !== null
    // Whatever the answer is: a page without a guard may be all that sees one of them.
    if (byCookie && token === SEVERAL_COOKIES) duplicates.expireReceived(reply)
    const result = token === null ? null : admit(request, token, byCookie)
    const fromMemory = result instanceof SessionRecord
    const asOf = fromMemory || lease.held() ? renewal.cursor : null
    const state = startAuthentication(request, reply, done, byCookie, asOf)
    if (result instanceof Promise) {
      void result.then((late) => {
        settle(request, state, late)
        done()
      })
    } else {
      settle(request, state, result)
      state.continueAdmitted(done)
    }
  }

  function admit (
    request: FastifyRequest, token: string, byCookie: boolean
  ): AdmissionResult | Promise<AdmissionResult> {
    if (lacksTls(request)) return new Rejection(new TlsRequired())
    if (byCookie && isUnsafe(request)) {
      const why = crossSite(request, allowedOrigins)
      if (why !== null) return new Rejection(new OriginForbidden(why))
    }
    if (byCookie && token === SEVERAL_COOKIES) {
      request.log.info({ code: 'SESSION_TOKEN_INVALID' }, severalCookies)
    }
    return token === '' ? new Rejection(new TokenInvalid()) : admission.admit(token)
  }

  function settle (request: FastifyRequest, state: RequestAuthentication, result: AdmissionResult | null): void {
    state.settle(result)
    if (result !== null && !(result instanceof Rejection)) activity.mark(result, request.ip, result.activeAt)
  }

  markPlainRoutes(app)
  app.addHook('onRequest', authenticate)

  // A slow upload must not outlive its session.
  app.addHook('preHandler', (request, reply, done) => {
    const state = authenticationOf(request)
    const record = state === undefined ? null : state.recordToRecheck(done)
    if (state === undefined || record === null) {
      done()
      return
    }
    const result = admission.stillAdmitted(record)
    if (result instanceof Promise) void result.then((late) => { proceed(state, reply, late, done) })
    else proceed(state, reply, result, done)
  })

  function proceed (
    state: RequestAuthentication, reply: FastifyReply, result: AdmissionResult, done: () => void
  ): void {
    const error = state.settleRecheck(result)
    if (error === null) done()
    else void sendError(reply, error)
  }
}, { name: 'fastify-live-sessions/authentication', fastify: '5.x' })
