/** What the plugin notes on a request and on the app for itself, under symbols of its own. */
import type { FastifyReply } from 'fastify'
import type { Verdict } from '../../src/admission/admission.ts'
import type { Credential } from './credentials.ts'

/** What the plugin's look at the request found; undefined before it. One object: a property for each of its parts would cost more. */
export interface Look {
  /** Where the credential was; null without one. */
  via: Credential['via'] | null
  /** The admission's word on it; null without one. */
  verdict: Verdict | null
  /** What the request is answered with. */
  reply: FastifyReply
  /** By which Fastify goes on from hook to hook: a hook that got this very function was called by Fastify itself. */
  next: unknown
  /** What this node had applied when the request came in; null when it held no lease. */
  asOf: string | null
  /** A guard let the request pass: it is looked at once more before the handler. */
  guarded: boolean
  /** Nothing has waited since the verdict was given from memory: it needs no second look yet. */
  fresh: boolean
  /** The route answers a session of its own that has ended, too: the second look stops nobody for that. */
  endedMayPass?: boolean
  /** Nothing has waited since `admin.authorize` said yes: it need not be asked again. */
  authorizedNow?: boolean
}

export interface Login {
  /** What was typed as the account, in one form. */
  account: string
  /** The token goes into the cookie, and takes the place of what is there. */
  replacesCookie: boolean
  /** A snapshot of the database from then, for a login by cookie; null when it could not be had. */
  begun: Promise<string | null> | null
}

export const kLook = Symbol.for('fastify-live-sessions.look')
/** The device's id, as a login in this request found or made it. */
export const kDeviceId = Symbol.for('fastify-live-sessions.device-id')
/** What the library's own login route knows of the login in this request. */
export const kLogin = Symbol.for('fastify-live-sessions.login')
/** The check behind `requireRecentAuthentication()`: rejects with the refusal. */
export const kRecentAuthentication = Symbol.for('fastify-live-sessions.recent-authentication')
/** Takes a session's cookie off the reply again. */
export const kForgetCookie = Symbol.for('fastify-live-sessions.forget-cookie')
/** On one of our own routes: what became of the handler. */
export const kHandled = Symbol.for('fastify-live-sessions.handled')
export const kAuthenticate = Symbol.for('fastify-live-sessions.authenticate')

declare module 'fastify' {
  interface FastifyRequest {
    [kLook]?: Look
    [kDeviceId]?: string
    [kLogin]?: Login
    [kHandled]?: 'done' | 'failed'
  }
  interface FastifyReply {
    [kForgetCookie]: () => void
  }
  interface FastifyInstance {
    [kRecentAuthentication]?: (sessionId: string, withinMs: number) => Promise<void>
    [kAuthenticate]?: (request: FastifyRequest, reply: FastifyReply, done: () => void) => void
  }
}
