/** The guards that an app puts on its routes. Imported functions: one that is read before the plugin is loaded still guards. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../../src/admission/admission.ts'
import type { SessionView } from '../../src/admission/session-view.ts'
import { SessionRequired } from '../../src/errors.ts'
import type { SessionGuard } from '../fastify-types.ts'
import { reportMissingPlugin } from './missing-plugin.ts'
import { refuse, type Done } from './refuse.ts'
import { kAuthenticate, kLook, type Look } from './request-state.ts'

/**
 * A hook for onRequest, preParsing, preValidation or preHandler: 401 or 503 unless the request has a living session. In the
 * options of a route it also tells the route's types that `request.session` is not null. In onRequest and preHandler it answers
 * by itself; combined with other guards it calls `done` with an error that has `statusCode`, `code`, `reason` and `headers`.
 */
export const requireSession = function requireSession (request: FastifyRequest, reply: FastifyReply, done: Done): void {
  guard('requireSession', request, reply, done)
} as SessionGuard

/** What `requireSession` does, under the name of the guard that the app wrote. */
export function guard (name: string, request: FastifyRequest, reply: FastifyReply, done: Done): void {
  const look = request[kLook]
  if (look !== undefined) {
    pass(request, look, reply, done)
    return
  }
  // The plugin's own hook is not on this route: it was registered after the route's scope, or not at all.
  const authenticate = request.server[kAuthenticate]
  if (authenticate === undefined) {
    reportMissingPlugin(request, name)
    refuse(request, reply, new SessionRequired(), done)
  } else {
    authenticate(request, reply, () => { pass(request, request[kLook] as Look, reply, done) })
  }
}

/**
 * The session of a request behind a guard whose route does not show it: one that a whole scope has (`scope.addHook('onRequest',
 * requireSession)`), or that was called in a function. Throws SESSION_REQUIRED (401) where there is none.
 */
export function sessionOf (request: Pick<FastifyRequest, 'session'>): SessionView {
  const whole = request as Partial<FastifyRequest>
  if (whole.server !== undefined && whole.server[kAuthenticate] === undefined) {
    // Another plugin's `request.session` is none.
    reportMissingPlugin(request as FastifyRequest, 'sessionOf')
    throw new SessionRequired()
  }
  if (request.session === null || request.session === undefined) throw new SessionRequired()
  return request.session
}

function pass (request: FastifyRequest, look: Look, reply: FastifyReply, done: Done): void {
  const { verdict } = look
  if (verdict === null) {
    refuse(request, reply, new SessionRequired(), done)
  } else if (verdict instanceof Refusal) {
    refuse(request, reply, verdict.error, done)
  } else {
    look.guarded = true
    done()
  }
}
