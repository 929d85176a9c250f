/**
 * The guards that an app puts on its routes. Imported functions: one that is read before the plugin is loaded still
 * guards.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { SessionView } from '../../src/admission/session-view.ts'
import { SessionRequired, type SessionError } from '../../src/errors.ts'
import { errorHeaders, sendError } from '../error-replies.ts'
import type { SessionGuard } from '../fastify-types.ts'
import { reportMissingPlugin } from './missing-plugin.ts'
import { authenticationOf, type RequestAuthentication } from './request-authentication.ts'

/** How a hook goes on, or says that it failed. */
export type Done = (error?: Error) => void

/** On the app: authenticates a request that the plugin's own hook has not seen. */
export const kAuthenticate = Symbol.for('fastify-live-sessions.authenticate')

declare module 'fastify' {
  interface FastifyInstance {
    [kAuthenticate]?: (request: FastifyRequest, reply: FastifyReply, done: () => void) => void
  }
}

/**
 * A hook for onRequest, preParsing, preValidation or preHandler that lets only requests with a living session pass. In
 * the options of a route it also tells the route's types that `request.session` is not null.
 *
 * In onRequest and preHandler it answers by itself; in other places, and combined with other guards, it calls `done`
 * with an error that has `statusCode`, `code`, `reason` and `headers`: SESSION_REQUIRED, SESSION_TOKEN_INVALID,
 * SESSION_REVOKED or SESSION_EXPIRED (401); SESSION_ORIGIN_FORBIDDEN or SESSION_TLS_REQUIRED (403);
 * SESSION_STORE_UNAVAILABLE (503).
 *
 * @example
 * app.get('/me', { onRequest: requireSession }, async (request) => request.session.userId)
 */
export const requireSession = function requireSession (request: FastifyRequest, reply: FastifyReply, done: Done): void {
  guard('requireSession', request, reply, done)
} as SessionGuard

/** What `requireSession` does, under the name of the guard that the app wrote. */
export function guard (name: string, request: FastifyRequest, reply: FastifyReply, done: Done): void {
  const authentication = authenticationOf(request)
  if (authentication !== undefined) {
    pass(request, authentication, reply, done)
    return
  }
  // The plugin's own hook is not on this route: it was registered after the route's scope, or not at all.
  const authenticate = request.server[kAuthenticate]
  if (authenticate === undefined) {
    reportMissingPlugin(request, name)
    reject(request, reply, new SessionRequired(), done)
  } else {
    authenticate(request, reply, () => {
      pass(request, authenticationOf(request) as RequestAuthentication, reply, done)
    })
  }
}

function pass (request: FastifyRequest, authentication: RequestAuthentication, reply: FastifyReply, done: Done): void {
  const error = authentication.passGuard()
  if (error === null) done()
  else reject(request, reply, error, done)
}

/**
 * How a guard says no. Called by Fastify itself, it answers. Else somebody combines it with others (@fastify/auth, a
 * hook of the app's) and may go on without it: the error has its status, code, reason and headers, and nothing of it is
 * on the reply yet.
 */
export function reject (request: FastifyRequest, reply: FastifyReply, error: SessionError, done: Done): void {
  if (authenticationOf(request)?.isNext(done) === true) void sendError(reply, error)
  else done(Object.assign(error, { headers: errorHeaders(error) }))
}

/**
 * The session of a request behind a guard whose route's types do not show it: one that a whole scope has
 * (`scope.addHook('onRequest', requireSession)`), or that was called in a function. Throws SESSION_REQUIRED (401) where
 * there is none.
 *
 * @example
 * const { userId, claims } = sessionOf(request)
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
