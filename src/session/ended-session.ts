/** How sessions end: which, why, by whom; and what every node needs to know of an end. */
import type { EndReason, RevocationReason } from '../protocol.ts'
import { epochMs } from '../session-row.ts'

/** A session that has ended, as every node needs to know it. */
export interface EndedSession {
  id: string
  userId: string
  reason: EndReason
  /** When, in ms since 1970. */
  at: number
  eventId: string
  /** The transaction that ended it. */
  xid: string
}

/** How a session that does not live any more has ended. Without an event when nobody ended it: it expired, or its row is gone. */
export interface SessionEnd {
  id: string
  reason: EndReason
  /** When, in ms since 1970. */
  at: number
  eventId: string | null
}

/** Which sessions to end: these, or all of a user but one. */
export type Selection =
  | { ids: readonly string[], userId?: string }
  | { userId: string, except?: string | undefined }

/** Why, by whom and from where a session is ended. */
export interface Cause {
  reason: RevocationReason | EndReason
  /** A user id, or `system`. */
  by: string
  ip: string | null
}

/** No node's memory is from before this transaction: a bound, so that older ends are not even looked at. */
export function oldestApplied (node: string): string {
  return `(select min(pg_snapshot_xmin(applied)::text::bigint)::text::xid8 from ${node})`
}

/** The columns of an {@link EndedSession}. */
export function endedColumns (alias: string): string {
  return `${alias}id, ${alias}user_id as "userId", ${alias}revoked_reason as reason, ${epochMs(`${alias}revoked_at`)} as at,
    ${alias}revoked_event_id as "eventId", ${alias}revoked_xid::text as xid`
}
