/** The guard for what a session may not do before it is confirmed on another of the user's devices. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { SessionUnconfirmed, type SessionError } from '../../src/errors.ts'
import type { AdmissionResult } from '../../src/admission/admission-result.ts'
import type { SessionRecord } from '../../src/admission/session-record.ts'
import type { SessionGuard } from '../fastify-types.ts'
import { guard, reject, type Done } from './guards.ts'
import { authenticationOf, guardedRecord } from './request-authentication.ts'

/** On the app: the session as its row says it now, whatever this node has in memory. */
export const kReadAgain = Symbol.for('fastify-live-sessions.read-again')

declare module 'fastify' {
  interface FastifyInstance {
    [kReadAgain]?: (record: SessionRecord) => AdmissionResult | Promise<AdmissionResult>
  }
}

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
    else {
      // `done` outside of the promise: what a later hook throws is not this guard's failure.
      void readAgain(request).then((rejection) => {
        if (rejection === null) done()
        else reject(request, reply, rejection, done)
      })
    }
  })
} as SessionGuard

/** Another node may have confirmed it a moment ago, which this one hears with its next renewal. Null lets it pass. */
async function readAgain (request: FastifyRequest): Promise<SessionError | null> {
  const result = await request.server[kReadAgain]?.(guardedRecord(request))
  const error = result === undefined ? null : authenticationOf(request)?.settleRecheck(result) ?? null
  if (error !== null) return error
  return guardedRecord(request).confirmed ? null : new SessionUnconfirmed()
}
