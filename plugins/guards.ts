/** The guards that an app puts on its routes. Imported functions: one that is read before the plugin is loaded still guards. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Refusal, type Verdict } from '../src/admission/admission.ts'
import type { SessionRecord } from '../src/admission/session-record.ts'
import { SessionRequired } from '../src/errors.ts'
import { kAuthenticate, kGuarded, kVerdict } from './request-state.ts'
import { sendError } from './replies.ts'

/** A hook for onRequest, preParsing, preValidation or preHandler: 401 or 503 unless the request has a living session. */
export function requireSession (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
  const verdict = request[kVerdict]
  if (verdict !== undefined) {
    pass(request, reply, verdict, done)
    return
  }
  // The plugin's own hook is not on this route: it was registered after the route's scope, or not at all.
  const authenticate = request.server[kAuthenticate]
  if (authenticate === undefined) void sendError(reply, new SessionRequired())
  else authenticate(request, () => { pass(request, reply, request[kVerdict] ?? null, done) })
}

function pass (request: FastifyRequest, reply: FastifyReply, verdict: Verdict | null, done: () => void): void {
  if (verdict === null) {
    void sendError(reply, new SessionRequired())
  } else if (verdict instanceof Refusal) {
    void sendError(reply, verdict.error)
  } else {
    request[kGuarded] = true
    done()
  }
}

/** The record behind a guarded request. */
export function guardedRecord (request: FastifyRequest): SessionRecord {
  const verdict = request[kVerdict]
  if (verdict === undefined || verdict === null || verdict instanceof Refusal) throw new SessionRequired()
  return verdict
}
