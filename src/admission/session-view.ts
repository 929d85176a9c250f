/** What `request.session` is. */
import type { Session } from '../protocol.ts'
import type { Claims, StoredUserId } from '../session-types.ts'

/** On a view: the session's absolute end in ms, where `expiresAt` may be an idle end that moves on. */
export const kAbsoluteEnd = Symbol('fastify-live-sessions.absolute-end')

/** The session as its owner sees it, with the user's id and the app's claims. Frozen. */
export interface SessionView extends Session {
  readonly userId: StoredUserId
  /** What the app added to the token at login; see `SessionClaims`. */
  readonly claims: Readonly<Claims>
  readonly [kAbsoluteEnd]?: number
}
