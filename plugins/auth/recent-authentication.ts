/** The guard for what an app does not do on an old login alone: the person has to have proved recently who they are. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { describe } from '../../src/app/callbacks.ts'
import { CallInvalid, StoreUnavailable, type SessionError } from '../../src/errors.ts'
import type { SessionGuard } from '../fastify-types.ts'
import { guard, reject, type Done } from './guards.ts'
import { guardedRecord } from './request-authentication.ts'

/** On the app: rejects with the coded error when this session's last proof is older than so many ms. */
export const kRecentAuthentication = Symbol.for('fastify-live-sessions.recent-authentication')

declare module 'fastify' {
  interface FastifyInstance {
    [kRecentAuthentication]?: (sessionId: string, withinMs: number) => Promise<void>
  }
}

/**
 * A guard like `requireSession` that also asks the database: 403 `SESSION_REAUTHENTICATION_REQUIRED` unless this person
 * logged in, or was noted by `app.sessions.reauthenticated()`, within this time in ms. Without a living session it
 * answers as `requireSession` does; 503 `SESSION_STORE_UNAVAILABLE` when the database can't be asked. Throws
 * SESSION_CALL_INVALID for a time that is no whole number from 1 on.
 *
 * @example
 * app.delete('/account', { onRequest: requireRecentAuthentication(5 * 60_000) }, async (request) => {
 *   await deleteAccount(request.session.userId)
 * })
 */
export function requireRecentAuthentication (withinMs: number): SessionGuard {
  if (!Number.isSafeInteger(withinMs) || withinMs < 1) {
    const got = describe(withinMs)
    throw new CallInvalid(`requireRecentAuthentication got ${got}; it takes a whole number of milliseconds from 1 on`)
  }

  return ((request: FastifyRequest, reply: FastifyReply, done: Done) => {
    guard('requireRecentAuthentication', request, reply, (error) => {
      if (error !== undefined) {
        reject(request, reply, error as SessionError, done)
        return
      }
      const check = request.server[kRecentAuthentication]
      const checked = check === undefined
        ? Promise.reject(new StoreUnavailable())
        : check(guardedRecord(request).id, withinMs)
      // `done` outside of the promise: what a later hook throws is not this guard's failure.
      checked.then(() => null, (tooOld: SessionError) => tooOld).then((tooOld) => {
        if (tooOld === null) done()
        else reject(request, reply, tooOld, done)
      }, done)
    })
  }) as SessionGuard
}
