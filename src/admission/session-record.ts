/** What a node holds of an admitted session: one private record, one flag that ends it, and a frozen view for the app. */
import type { EndReason, Session } from '../protocol.ts'
import { presentSession, type SessionRow } from '../session-row.ts'
import type { Active } from '../session/activity.ts'

/** What a verified token says. */
export interface TokenClaims {
  userId: string
  sessionId: string
  /** When the token ends, in ms since 1970. */
  expiresAt: number
  /** What the app added. */
  claims: Readonly<Record<string, unknown>>
}

/** On a view: the session's absolute end in ms, where `expiresAt` may be an idle end that moves on. */
export const kAbsoluteEnd = Symbol('fastify-live-sessions.absolute-end')

/** `request.session`: the session as its owner sees it, with the user's id and the app's claims. Frozen. */
export interface SessionView extends Session {
  readonly userId: string
  /** What the app added to the token at login. */
  readonly claims: Readonly<Record<string, unknown>>
  readonly [kAbsoluteEnd]?: number
}

export interface SessionRecord extends Active {
  readonly userId: string
  readonly token: string
  readonly row: SessionRow
  readonly claims: TokenClaims['claims']
  /** The earlier of the token's and the session's absolute end, in ms since 1970. */
  readonly expiresAt: number
  /** Set once, when the session ends; nothing clears it. */
  ended: EndReason | null
  /** Held by the cache, and so told of its end. */
  cached: boolean
  view: SessionView | null
}

export function createRecord (token: string, claims: TokenClaims, row: SessionRow, monotonicNow: number): SessionRecord {
  return {
    id: row.id,
    userId: row.userId,
    token,
    row,
    claims: claims.claims,
    expiresAt: Math.min(claims.expiresAt, row.expiresAt),
    ended: null,
    cached: false,
    view: null,
    activeAt: monotonicNow,
    activeIp: row.ipAddress,
    unwritten: false
  }
}

/** The frozen view of a record, made once. */
export function viewOf (record: SessionRecord, idleTimeoutMs: number): SessionView {
  record.view ??= deepFreeze({ ...presentSession(record.row, { currentId: record.id, idleTimeoutMs }), userId: record.userId, claims: record.claims, [kAbsoluteEnd]: record.expiresAt })
  return record.view
}

function deepFreeze<T extends object> (value: T): T {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) deepFreeze(part)
  return Object.freeze(value)
}
