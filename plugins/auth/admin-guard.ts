/**
 * The administrators' guard: `admin.authorize` is asked when the request comes in, and again before the handler if
 * anything waited.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Admission } from '../../src/admission/admission.ts'
import { Rejection, type AdmissionResult } from '../../src/admission/admission-result.ts'
import { readYesOrNo, type AskApp } from '../../src/app/callbacks.ts'
import { SessionForbidden } from '../../src/errors.ts'
import type { AdminOptions } from '../../src/options/options.ts'
import { requireConfirmedSession } from './confirmed-session.ts'
import type { Done } from './guards.ts'
import { authenticationOf, guardedRecord } from './request-authentication.ts'

type Hook = (request: FastifyRequest, reply: FastifyReply, done: Done) => void

/** Hooks for the options of a route. */
export interface AdminGuard {
  onRequest: [Hook, Hook]
  preHandler: Hook
}

export function createAdminGuard (
  { authorize }: AdminOptions<FastifyRequest>, admission: Pick<Admission, 'stillAdmitted'>, askApp: AskApp
): AdminGuard {
  /** `pass` is told whether the app's answer took its time. */
  function ask (request: FastifyRequest, pass: (waited: boolean) => void, done: Done): void {
    function settle (allowed: boolean, waited: boolean): void {
      if (allowed) pass(waited)
      else done(new SessionForbidden())
    }
    try {
      const allowed = askApp.now('admin.authorize', () => authorize(request), readYesOrNo)
      if (typeof allowed === 'boolean') settle(allowed, false)
      else allowed.then((late) => { settle(late, true) }).catch(done)
    } catch (error) {
      done(error as Error)
    }
  }

  function requireAdmin (request: FastifyRequest, _reply: FastifyReply, done: Done): void {
    ask(request, () => { authenticationOf(request)?.continueAuthorized(done) }, done)
  }

  /**
   * A slow upload must not outlive the rights of whoever sends it, nor the app's answer the session that it was asked
   * about.
   */
  function requireAdminStill (request: FastifyRequest, _reply: FastifyReply, done: Done): void {
    if (authenticationOf(request)?.isAuthorizedNow === true) {
      done()
      return
    }
    ask(request, (waited) => {
      const result = waited ? admission.stillAdmitted(guardedRecord(request)) : null
      if (result instanceof Promise) void result.then(proceed)
      else proceed(result)
    }, done)

    function proceed (result: AdmissionResult | null): void {
      if (result instanceof Rejection) done(result.error)
      else done()
    }
  }

  return { onRequest: [requireConfirmedSession, requireAdmin], preHandler: requireAdminStill }
}
