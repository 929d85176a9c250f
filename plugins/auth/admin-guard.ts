/** The administrators' guard: `admin.authorize` is asked when the request comes in, and once more before the handler when anything waited between. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Refusal, type Admission } from '../../src/admission/admission.ts'
import { readYesOrNo, type AskApp } from '../../src/app/callbacks.ts'
import { SessionForbidden } from '../../src/errors.ts'
import type { AdminOptions } from '../../src/options/options.ts'
import { guardedRecord } from './current-session.ts'
import { requireSession } from './guards.ts'
import type { Done } from './refuse.ts'
import { kLook } from './request-state.ts'

export type Hook = (request: FastifyRequest, reply: FastifyReply, done: Done) => void

export interface AdminGuard {
  onRequest: [Hook, Hook]
  preHandler: Hook
}

export function createAdminGuard ({ authorize }: AdminOptions<FastifyRequest>, admission: Pick<Admission, 'stillAdmitted'>, askApp: AskApp): AdminGuard {
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
    ask(request, () => {
      const look = request[kLook]
      if (look === undefined) return
      // What follows in this step follows within this call.
      look.authorizedNow = true
      try {
        done()
      } finally {
        look.authorizedNow = false
      }
    }, done)
  }

  /** A slow upload must not outlive the rights of whoever sends it, nor the app's answer the session that it was asked about. */
  function requireAdminStill (request: FastifyRequest, _reply: FastifyReply, done: Done): void {
    if (request[kLook]?.authorizedNow === true) {
      done()
      return
    }
    ask(request, (waited) => {
      const verdict = waited ? admission.stillAdmitted(guardedRecord(request)) : null
      if (verdict instanceof Promise) void verdict.then(proceed)
      else proceed(verdict)
    }, done)

    function proceed (verdict: unknown): void {
      if (verdict instanceof Refusal) done(verdict.error)
      else done()
    }
  }

  return { onRequest: [requireSession, requireAdmin], preHandler: requireAdminStill }
}
