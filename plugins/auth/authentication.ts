/** The onRequest hook: every request gets `request.session`, the session or null; guarded ones are looked at again before the handler when anything waited between. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Refusal, type Admission, type Verdict } from '../../src/admission/admission.ts'
import { SessionRecord } from '../../src/admission/session-record.ts'
import { createSessionViews } from '../../src/admission/session-views.ts'
import { DecoratorTaken, OriginForbidden, RegisteredTwice, TlsRequired, TokenInvalid } from '../../src/errors.ts'
import type { Renewal } from '../../src/revocation/renewal.ts'
import type { Activity } from '../../src/session/activity.ts'
import type { CookieShadows } from './cookie-shadows.ts'
import { markPlainRoutes, readCredential, type Credential } from './credentials.ts'
import { requireSession } from './guards.ts'
import { crossSite, isUnsafe } from './origin.ts'
import { sendError } from '../error-replies.ts'
import { kAuthenticate, kLook, type Look } from './request-state.ts'
import type { LacksTls } from './tls.ts'

export interface AuthenticationOptions {
  admission: Admission
  activity: Activity
  /** The node's lease, and its cursor: what logins that begin now may count on. */
  renewal: Pick<Renewal, 'leased' | 'cursor'>
  cookieName: string
  allowedOrigins: ReadonlySet<string>
  lacksTls: LacksTls
  shadows: Pick<CookieShadows, 'heal'>
  idleTimeoutMs: number
}

export const authentication = fp<AuthenticationOptions>(async (app, options) => {
  const { admission, activity, renewal, cookieName, allowedOrigins, lacksTls, shadows, idleTimeoutMs } = options
  if (app.hasDecorator(kAuthenticate)) throw new RegisteredTwice()
  if (app.hasRequestDecorator('session')) throw new DecoratorTaken('request.session')
  if (app.hasDecorator('sessions')) throw new DecoratorTaken('app.sessions')

  // The symbol is not declared with decorateRequest: Fastify would write it into each request by name, which takes longer than the rest of the hook.
  const viewOf = createSessionViews(idleTimeoutMs)
  app.decorateRequest('session', {
    getter (this: FastifyRequest) {
      const verdict = this[kLook]?.verdict ?? null
      return verdict === null || verdict instanceof Refusal ? null : viewOf(verdict)
    }
  })
  app.decorate('requireSession', requireSession)
  app.decorate(kAuthenticate, authenticate)

  /** In the usual case nothing here waits: `done` is called in the same step. */
  function authenticate (request: FastifyRequest, reply: FastifyReply, done: () => void): void {
    const credential = readCredential(request, cookieName)
    // Whatever the answer is: a page without a guard may be all that sees one of them.
    if (credential?.shadowed === true) shadows.heal(reply)
    const verdict = credential === null ? null : judge(request, credential)
    const fromMemory = verdict instanceof SessionRecord
    const look: Look = { via: credential?.via ?? null, verdict: null, reply, next: done, asOf: fromMemory || renewal.leased() ? renewal.cursor : null, guarded: false, fresh: false }
    request[kLook] = look
    if (verdict instanceof Promise) {
      void verdict.then((late) => {
        settle(request, look, late)
        done()
      })
    } else {
      settle(request, look, verdict)
      // What follows in this step follows within this call.
      look.fresh = true
      try {
        done()
      } finally {
        look.fresh = false
      }
    }
  }

  function judge (request: FastifyRequest, { token, via, shadowed }: Credential): Verdict | Promise<Verdict> {
    if (lacksTls(request)) return new Refusal(new TlsRequired())
    if (via === 'cookie' && isUnsafe(request)) {
      const why = crossSite(request, allowedOrigins)
      if (why !== null) return new Refusal(new OriginForbidden(why))
    }
    if (shadowed === true) request.log.info({ code: 'SESSION_TOKEN_INVALID' }, `live-sessions: several cookies named ${cookieName}; one of them may be planted, from another host of this domain`)
    return token === '' ? new Refusal(new TokenInvalid()) : admission.admit(token)
  }

  function settle (request: FastifyRequest, look: Look, verdict: Verdict | null): void {
    look.verdict = verdict
    if (verdict !== null && !(verdict instanceof Refusal)) activity.mark(verdict, request.ip, verdict.activeAt)
  }

  markPlainRoutes(app)
  app.addHook('onRequest', authenticate)

  // A slow upload must not outlive its session.
  app.addHook('preHandler', (request, reply, done) => {
    const look = request[kLook]
    if (look !== undefined) look.next = done
    if (look?.guarded !== true || look.verdict === null || look.verdict instanceof Refusal || (look.fresh && look.verdict.ended === null)) {
      done()
      return
    }
    const again = admission.stillAdmitted(look.verdict)
    if (again instanceof Promise) void again.then((late) => { proceed(look, reply, late, done) })
    else proceed(look, reply, again, done)
  })

  function proceed (look: Look, reply: FastifyReply, verdict: Verdict, done: () => void): void {
    look.verdict = verdict
    if (!(verdict instanceof Refusal)) done()
    else if (look.endedMayPass === true && verdict.endedSession !== null) done()
    else void sendError(reply, verdict.error)
  }
}, { name: 'fastify-live-sessions/authentication', fastify: '5.x' })
