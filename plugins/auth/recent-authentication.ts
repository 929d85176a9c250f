/** The guard for what an app does not do on an old login alone: the person has to have proved recently who they are. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { describe } from '../../src/app/callbacks.ts'
import { CallInvalid, StoreUnavailable, type SessionError } from '../../src/errors.ts'
import { guardedRecord } from './current-session.ts'
import type { SessionGuard } from '../fastify-types.ts'
import { guard } from './guards.ts'
import { refuse, type Done } from './refuse.ts'
import { kRecentAuthentication } from './request-state.ts'

/**
 * A guard like `requireSession` that also asks the database: 403 `SESSION_REAUTHENTICATION_REQUIRED` unless this person logged
 * in, or was noted by `app.sessions.reauthenticated()`, within this time in ms. 401 without a living session.
 * `{ onRequest: requireRecentAuthentication(5 * 60_000) }`
 */
export function requireRecentAuthentication (withinMs: number): SessionGuard {
  if (!Number.isSafeInteger(withinMs) || withinMs < 1) throw new CallInvalid(`requireRecentAuthentication got ${describe(withinMs)}; it takes a whole number of milliseconds from 1 on`)

  return ((request: FastifyRequest, reply: FastifyReply, done: Done) => {
    guard('requireRecentAuthentication', request, reply, (error) => {
      if (error !== undefined) {
        refuse(request, reply, error as SessionError, done)
        return
      }
      const check = request.server[kRecentAuthentication]
      const checked = check === undefined ? Promise.reject(new StoreUnavailable()) : check(guardedRecord(request).id, withinMs)
      // `done` outside of the promise: what a later hook throws is not this guard's failure.
      checked.then(() => null, (refused: SessionError) => refused).then((refused) => {
        if (refused === null) done()
        else refuse(request, reply, refused, done)
      }, done)
    })
  }) as SessionGuard
}
