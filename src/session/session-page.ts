/** A page of somebody's sessions, and how to ask for it. */
import type { Session } from '../protocol.ts'

export interface ListOptions {
  /** The session that asks. */
  currentId?: string | null
  /** With those that have ended. */
  includeEnded?: boolean
  /** The `nextCursor` of the page before. */
  cursor?: string | undefined
}

export interface SessionPage {
  items: Session[]
  /** For the next page; null on the last one. */
  nextCursor: string | null
}
