/** Whose request it is; and the three routes that an ended session may still ask, so that a repeated logout gets its answer. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../../src/admission/admission.ts'
import type { SessionRecord } from '../../src/admission/session-record.ts'
import { SessionRequired } from '../../src/errors.ts'
import { requireSession } from './guards.ts'
import { kLook } from './request-state.ts'

/** The session that asks. */
export interface Subject {
  id: string
  userId: string
  /** False: it has ended, while its token is authentic and unexpired. */
  alive: boolean
}

/** Whose request this is; to be called behind one of the guards. */
export function subjectOf (request: FastifyRequest): Subject {
  const verdict = request[kLook]?.verdict ?? null
  if (verdict === null) throw new SessionRequired()
  if (!(verdict instanceof Refusal)) return { id: verdict.id, userId: verdict.userId, alive: true }
  if (verdict.endedSession === null) throw verdict.error
  return { ...verdict.endedSession, alive: false }
}

/** The record behind a guarded request. */
export function guardedRecord (request: FastifyRequest): SessionRecord {
  const verdict = request[kLook]?.verdict ?? null
  if (verdict === null || verdict instanceof Refusal) throw new SessionRequired()
  return verdict
}

/** Lets a living session pass, and one that has ended; everybody else is refused as by `requireSession`. */
export function allowEnded (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
  passEvenIfEnded(request, reply, done)
}

/** The same, but an ended session may only ask about itself: the route's `:id`. */
export function allowEndedSelf (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
  const { id } = request.params as { id: string }
  if (askingId(request) === id.toLowerCase()) passEvenIfEnded(request, reply, done)
  else requireSession(request, reply, done)
}

/** Whether it has ended already, or does so before the second look. */
function passEvenIfEnded (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
  const look = request[kLook]
  if (look !== undefined) look.endedMayPass = true
  if (look?.verdict instanceof Refusal && look.verdict.endedSession !== null) done()
  else requireSession(request, reply, done)
}

function askingId (request: FastifyRequest): string | null {
  const verdict = request[kLook]?.verdict ?? null
  return verdict instanceof Refusal ? verdict.endedSession?.id ?? null : verdict?.id ?? null
}
