/** The guards of the three routes that an ended session may still ask, so that a repeated logout gets its answer. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { requireSession, type Done } from './guards.ts'
import { authenticationOf } from './request-authentication.ts'

/** Lets a living session pass, and one that has ended; everybody else is rejected as by `requireSession`. */
export function allowEnded (request: FastifyRequest, reply: FastifyReply, done: Done): void {
  // Whether it has ended already, or does so before the recheck.
  if (authenticationOf(request)?.allowEnded() === true) done()
  else requireSession(request, reply, done)
}

/** The same, but an ended session may only ask about itself: the route's `:id`. */
export function allowEndedSelf (request: FastifyRequest, reply: FastifyReply, done: Done): void {
  const { id } = request.params as { id: string }
  const authentication = authenticationOf(request)
  const asking = authentication?.record?.id ?? authentication?.endedSession?.id
  if (asking === id.toLowerCase()) allowEnded(request, reply, done)
  else requireSession(request, reply, done)
}
