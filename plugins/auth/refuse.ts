/** How a guard says no: by itself where it has the last word, and with an error for whoever asks several guards. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { SessionError } from '../../src/errors.ts'
import { errorHeaders, sendError } from '../error-replies.ts'
import { kLook } from './request-state.ts'

export type Done = (error?: Error) => void

/**
 * Called by Fastify itself, the guard answers. Else somebody combines it with others (@fastify/auth, a hook of the app's) and
 * may go on without it: the error has its status, code, reason and headers, and nothing of it is on the reply before it is sent.
 */
export function refuse (request: FastifyRequest, reply: FastifyReply, error: SessionError, done: Done): void {
  if (request[kLook]?.next === done) void sendError(reply, error)
  else done(Object.assign(error, { headers: errorHeaders(error) }))
}
