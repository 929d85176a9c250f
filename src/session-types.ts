/**
 * What an app declares of its own, by declaration merging: the claims that it gives its sessions, and its users' ids.
 */

/**
 * The claims of your sessions: `declare module 'fastify-live-sessions' { interface SessionClaims { plan: 'free' | 'pro'
 * } }`. Until you declare some, any are taken, and each is `unknown`.
 */
// Empty, to be merged with.
export interface SessionClaims {}

/**
 * Your users: `declare module 'fastify-live-sessions' { interface SessionUser { id: number } }`.
 * Until you declare it, an id is a string, a number or a bigint. It is kept and shown as text.
 */
export interface SessionUser {}

/** {@link SessionClaims}, or any claims where the app has declared none. */
export type Claims = keyof SessionClaims extends never ? Record<string, unknown> : SessionClaims

/** A user's id, as the app gives it. Numbers are whole ones. */
export type UserId = SessionUser extends { id: infer Id extends string | number | bigint } ? Id
  : string | number | bigint

/** A user's id, as it is kept and shown: text. */
export type StoredUserId = UserId extends string ? UserId : string

interface OptionalClaims {
  /** Further claims for the token; `sub`, `session_id`, `iat`, `exp`, `nbf`, `jti`, `iss` and `aud` are refused. */
  claims?: Claims | undefined
}

/** Where claims are given. Declared ones may be left out only where all of them are optional. */
export type WithClaims = Record<never, never> extends Claims ? OptionalClaims : Required<OptionalClaims>
