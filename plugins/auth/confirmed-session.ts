/** The guard for what a session may not do before it is confirmed on another of the user's devices. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { SessionUnconfirmed, type SessionError } from '../../src/errors.ts'
import type { SessionGuard } from '../fastify-types.ts'
import { guard, reject, type Done } from './guards.ts'
import { guardedRecord } from './request-authentication.ts'

/**
 * A guard like `requireSession` that also wants the session confirmed: 403 `SESSION_UNCONFIRMED` while it waits (option
 * `risk`). 401 or 503 without a living session. `{ onRequest: requireConfirmedSession }`
 */
export const requireConfirmedSession = function requireConfirmedSession (
  request: FastifyRequest,
  reply: FastifyReply,
  done: Done
): void {
  guard('requireConfirmedSession', request, reply, (error) => {
    if (error !== undefined) reject(request, reply, error as SessionError, done)
    else if (guardedRecord(request).confirmed) done()
    else reject(request, reply, new SessionUnconfirmed(), done)
  })
} as SessionGuard
