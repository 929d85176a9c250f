/** Sessions as administrators see them. */
import type { RiskDecision, RiskReason, Session, SessionDetail } from '../protocol.ts'
import type { StoredUserId } from '../session-types.ts'

/** A session as an administrator sees it. */
export type AdminSession = Session & { userId: StoredUserId }

/** What happened to a session. */
export interface SessionEventView {
  id: string
  at: string
  type: string
  reason: string | null
  by: string | null
  ipAddress: string | null
}

export interface AdminSessionDetail {
  session: SessionDetail & { userId: StoredUserId }
  user: { id: StoredUserId }
  /** What spoke against its login, and what was decided; null where nothing did, or logins are not judged. */
  risk: { decision: RiskDecision, score: number, reasons: RiskReason[] } | null
  /** Newest first, 200 at most. */
  events: SessionEventView[]
  /** For older events; null when there are no more. */
  nextCursor: string | null
}

export interface AdminPage {
  items: AdminSession[]
  /** For the next page; null on the last one. */
  nextCursor: string | null
}
