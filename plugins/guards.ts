/** The guards that an app puts on its routes. Imported functions: one that is read before the plugin is loaded still guards. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../src/admission/admission.ts'
import type { SessionRecord } from '../src/admission/session-record.ts'
import { SessionRequired } from '../src/errors.ts'
import { kAuthenticate, kLook, type Look } from './request-state.ts'
import { sendError } from './replies.ts'

/** A hook for onRequest, preParsing, preValidation or preHandler: 401 or 503 unless the request has a living session. */
export function requireSession (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
  const look = request[kLook]
  if (look !== undefined) {
    pass(look, reply, done)
    return
  }
  // The plugin's own hook is not on this route: it was registered after the route's scope, or not at all.
  const authenticate = request.server[kAuthenticate]
  if (authenticate === undefined) void sendError(reply, new SessionRequired())
  else authenticate(request, () => { pass(request[kLook] as Look, reply, done) })
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

/** The record behind a guarded request. */
export function guardedRecord (request: FastifyRequest): SessionRecord {
  const verdict = request[kLook]?.verdict ?? null
  if (verdict === null || verdict instanceof Refusal) throw new SessionRequired()
  return verdict
}
