/** The guards that an app puts on its routes. Imported functions: one that is read before the plugin is loaded still guards. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../src/admission/admission.ts'
import type { SessionView } from '../src/admission/session-view.ts'
import { SessionRequired } from '../src/errors.ts'
import type { SessionGuard } from './fastify-types.ts'
import { kAuthenticate, kLook, type Look } from './request-state.ts'
import { sendError } from './replies.ts'

/**
 * A hook for onRequest, preParsing, preValidation or preHandler: 401 or 503 unless the request has a living session. In the
 * options of a route it also tells the route's types that `request.session` is not null.
 */
export const requireSession = function requireSession (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
  const look = request[kLook]
  if (look !== undefined) {
    pass(look, reply, done)
    return
  }
  // The plugin's own hook is not on this route: it was registered after the route's scope, or not at all.
  const authenticate = request.server[kAuthenticate]
  if (authenticate === undefined) void sendError(reply, new SessionRequired())
  else authenticate(request, reply, () => { pass(request[kLook] as Look, reply, done) })
} as SessionGuard

/**
 * The session of a request behind a guard whose route does not show it: one that a whole scope has (`scope.addHook('onRequest',
 * requireSession)`), or that was called in a function. Throws SESSION_REQUIRED (401) where there is none.
 */
export function sessionOf (request: Pick<FastifyRequest, 'session'>): SessionView {
  if (request.session === null || request.session === undefined) throw new SessionRequired()
  return request.session
}

function pass (look: Look, reply: FastifyReply, done: () => void): void {
  const { verdict } = look
  if (verdict === null) {
    void sendError(reply, new SessionRequired())
  } else if (verdict instanceof Refusal) {
    void sendError(reply, verdict.error)
  } else {
    look.guarded = true
    done()
  }
}
