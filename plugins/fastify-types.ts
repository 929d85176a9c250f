/** What the plugin adds to Fastify's types. Whoever imports the package has it. */
import type {
  FastifyRequest, FastifySchema, FastifyTypeProviderDefault, RawRequestDefaultExpression, RawServerDefault,
  RouteGenericInterface
} from 'fastify'
import type { SessionView } from '../src/admission/session-view.ts'
import type { OpenedSession } from '../src/session/opened-session.ts'
import type { SessionsApi } from './api/sessions.ts'

declare const guarded: unique symbol
declare const route: unique symbol

/**
 * Marks a guarded route, where `request.session` is not null. `requireSession` among a route's hooks brings it by
 * itself. A route that names its own generics names it second: `<{ Params: { id: string } }, WithSession>`.
 */
export interface WithSession {
  readonly [guarded]?: SessionView
}

/** A request behind `requireSession`. */
export type SessionRequest<Route extends RouteGenericInterface = RouteGenericInterface> =
  FastifyRequest<
    Route, RawServerDefault, RawRequestDefaultExpression, FastifySchema, FastifyTypeProviderDefault, WithSession
  >

/** A reply of any server, of any route. */
interface AnyReply {
  readonly sent: boolean
}

/**
 * A hook for onRequest, preParsing, preValidation or preHandler that lets its route know that there is a session, and
 * asks nothing else of the route. The last signature is what a route's types are inferred from; the first is for routes
 * that name theirs.
 */
export interface SessionGuard {
  (request: { readonly session: SessionView | null }, reply: AnyReply, done: (error?: Error) => void): void
  (request: { readonly [route]?: WithSession }, reply: AnyReply, done: (error?: Error) => void): void
}

/** By the route's mark. No conditional type: a guarded request is a request, for every function that takes one. */
type SessionOf<ContextConfig> = (ContextConfig & { readonly [guarded]: SessionView | null })[typeof guarded]

declare module 'fastify' {
  // Fastify's own parameters, by their names and in their order, up to the one that is used.
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  interface FastifyRequest<RouteGeneric, RawServer, RawRequest, SchemaCompiler, TypeProvider, ContextConfig> {
    /** The session this request was made with, or null; never null behind `requireSession`. Frozen. */
    readonly session: SessionOf<ContextConfig>
    /** Not there at all: by it the guard's type finds its route's. */
    readonly [route]?: ContextConfig
  }
  interface FastifyInstance {
    /** The use cases: open, list, get, rename, revoke, … */
    sessions: SessionsApi
    /**
     * The same function as the imported one. Undefined until the plugin is loaded, and Fastify leaves a route with an
     * undefined hook open: prefer the import.
     */
    requireSession: SessionGuard
  }
  interface FastifyReply {
    /**
     * Puts the session into the cookie. Another living one, whose cookie the request brought, ends: nobody has its
     * token any more.
     */
    setSession: (opened: OpenedSession) => this
    /** Removes the session's cookie. */
    clearSession: () => this
  }
}
