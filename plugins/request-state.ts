/** What the plugin notes on a request and on the app, under symbols of its own; and what it adds for the app to see. */
import type { Verdict } from '../src/admission/admission.ts'
import type { SessionView } from '../src/admission/session-record.ts'
import type { OpenedSession } from '../src/session/login.ts'
import type { Credential } from './credentials.ts'
import type { requireSession } from './guards.ts'
import type { SessionsApi } from './sessions-api.ts'

/** The admission's word on the request's credential; null without one, undefined before the look. */
export const kVerdict = Symbol.for('fastify-live-sessions.verdict')
export const kCredential = Symbol.for('fastify-live-sessions.credential')
/** The node's cursor when the request came in. */
export const kAsOf = Symbol.for('fastify-live-sessions.as-of')
/** The device's id, as a login in this request found or made it. */
export const kDeviceId = Symbol.for('fastify-live-sessions.device-id')
/** A guard let the request pass: it is looked at once more before the handler. */
export const kGuarded = Symbol.for('fastify-live-sessions.guarded')
export const kAuthenticate = Symbol.for('fastify-live-sessions.authenticate')

declare module 'fastify' {
  interface FastifyRequest {
    /** The session this request was made with, or null. Frozen. */
    readonly session: SessionView | null
    [kVerdict]?: Verdict | null
    [kCredential]?: Credential | null
    [kAsOf]?: string | null
    [kGuarded]?: boolean
    [kDeviceId]?: string
  }
  interface FastifyInstance {
    /** The use cases: open, list, get, rename, revoke, … */
    sessions: SessionsApi
    /** The same function as the imported one. */
    requireSession: typeof requireSession
    [kAuthenticate]?: (request: FastifyRequest, done: () => void) => void
  }
  interface FastifyReply {
    /** Puts the session into the cookie. */
    setSession: (opened: OpenedSession) => FastifyReply
    /** Removes the session's cookie. */
    clearSession: () => FastifyReply
  }
}
