/** How sessions end: which, why and by whom; and what every node needs to know of an end. */
import type { EndReason, RevocationReason } from '../protocol.ts'

/** A session that has ended, as every node needs to know it. */
export interface EndedSession {
  id: string
  userId: string
  reason: EndReason
  /** When, in ms since 1970. */
  at: number
  eventId: string
  /** The name of the device from which another session of the same user ended it. */
  byDevice: string | null
  /** The transaction that ended it. */
  xid: string
}

/**
 * How a session that does not live any more has ended. Without an event when nobody ended it: it expired, or its row is
 * gone.
 */
export interface SessionEnd {
  id: string
  reason: EndReason
  /** When, in ms since 1970. */
  at: number
  eventId: string | null
  byDevice?: string | null
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
  /** The session that asks: others of its user are told from which device they were ended. */
  bySession?: string | null
}
