/** The onRequest hook: every request gets `request.session`, the session or null; guarded ones are looked at again before the handler. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Refusal, type Admission, type Verdict } from '../src/admission/admission.ts'
import { viewOf } from '../src/admission/session-record.ts'
import { DecoratorTaken, OriginForbidden, TokenInvalid } from '../src/errors.ts'
import type { Activity } from '../src/session/activity.ts'
import { readCredential } from './credentials.ts'
import { requireSession } from './guards.ts'
import { crossSite, isUnsafe } from './origin.ts'
import { sendError } from './replies.ts'
import { kAsOf, kAuthenticate, kCredential, kGuarded, kVerdict } from './request-state.ts'

export interface AuthenticationOptions {
  admission: Admission
  activity: Activity
  /** The node's cursor, for logins that begin now. */
  cursor: () => string | null
  cookieName: string
  allowedOrigins: ReadonlySet<string>
  idleTimeoutMs: number
}

export const authentication = fp<AuthenticationOptions>(async (app, options) => {
  const { admission, activity, cursor, allowedOrigins, idleTimeoutMs } = options
  if (app.hasRequestDecorator('session')) throw new DecoratorTaken('request.session')
  if (app.hasDecorator('sessions')) throw new DecoratorTaken('app.sessions')

  // The symbols are not declared with decorateRequest: Fastify would write each of them into each request by name, which takes longer than the rest of the hook.
  app.decorateRequest('session', {
    getter (this: FastifyRequest) {
      const verdict = this[kVerdict]
      return verdict === undefined || verdict === null || verdict instanceof Refusal ? null : viewOf(verdict, idleTimeoutMs)
    }
  })
  app.decorate('requireSession', requireSession)
  app.decorate(kAuthenticate, authenticate)

  /** In the usual case nothing here waits: `done` is called in the same step. */
  function authenticate (request: FastifyRequest, done: () => void): void {
    request[kAsOf] = cursor()
    const credential = readCredential(request, options.cookieName)
    request[kCredential] = credential
    if (credential === null) {
      request[kVerdict] = null
      done()
      return
    }
    if (credential.via === 'cookie' && isUnsafe(request)) {
      const why = crossSite(request, allowedOrigins)
      if (why !== null) {
        request[kVerdict] = new Refusal(new OriginForbidden(why))
        done()
        return
      }
    }
    if (credential.token === '') {
      request[kVerdict] = new Refusal(new TokenInvalid())
      done()
      return
    }
    const verdict = admission.admit(credential.token)
    if (verdict instanceof Promise) {
      void verdict.then((late) => {
        settle(request, late)
        done()
      })
    } else {
      settle(request, verdict)
      done()
    }
  }

  function settle (request: FastifyRequest, verdict: Verdict): void {
    request[kVerdict] = verdict
    if (!(verdict instanceof Refusal)) activity.mark(verdict, request.ip)
  }

  app.addHook('onRequest', (request, _reply, done) => { authenticate(request, done) })

  // A slow upload must not outlive its session.
  app.addHook('preHandler', (request, reply, done) => {
    const verdict = request[kVerdict]
    if (request[kGuarded] !== true || verdict === undefined || verdict === null || verdict instanceof Refusal) {
      done()
      return
    }
    const again = admission.stillAdmitted(verdict)
    if (again instanceof Promise) void again.then((late) => { proceed(request, reply, late, done) })
    else proceed(request, reply, again, done)
  })

  function proceed (request: FastifyRequest, reply: FastifyReply, verdict: Verdict, done: () => void): void {
    request[kVerdict] = verdict
    if (verdict instanceof Refusal) void sendError(reply, verdict.error)
    else done()
  }
}, { name: 'fastify-live-sessions/authentication', fastify: '5.x' })
