/** What an admission comes to: the session's record, or why its token is rejected. */
import type { SessionError } from '../errors.ts'
import type { SessionRecord } from './session-record.ts'

/** Whose token it was. */
export interface SessionOwner {
  id: string
  userId: string
}

/** Why a token is rejected. */
export class Rejection {
  readonly error: SessionError
  /**
   * The session of an authentic, unexpired token, when only that session has ended: it may still ask to end it again.
   */
  readonly endedSession: SessionOwner | null

  constructor (error: SessionError, endedSession: SessionOwner | null = null) {
    this.error = error
    this.endedSession = endedSession
  }
}

/** The record of a session that may pass; an admission resolves with either and never rejects. */
export type AdmissionResult = SessionRecord | Rejection
