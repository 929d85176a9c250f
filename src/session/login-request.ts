/** What a login is asked with, and what it gives inside: the request, checked, and the session that was opened. */
import type { Assessment } from '../notices/assess.ts'
import type { Device } from '../device/device.ts'
import type { SessionRow } from '../session-row.ts'
import type { UserId } from '../session-types.ts'
import type { EndedSession } from './ended-session.ts'

/** What goes into a token; times in seconds since 1970. */
export interface TokenContent extends Record<string, unknown> {
  sub: string
  session_id: string
  iat: number
  exp: number
}

export interface LoginRequest {
  userId: UserId
  /** What the app adds to the token. */
  claims?: Record<string, unknown> | undefined
  device: Device
  deviceId: string | null
  clientId: string | null
  /** Whole: what is kept of it is less, if the app wants so. */
  ip: string | null
  /** The node's cursor when the login began: a later change of the user's credentials refuses it. */
  asOf: string | null
  /** What is known of the browser that it came from; left out where none is. */
  browser?: Browser
  /** Wrong passwords for this account since the last right one. */
  failedLogins?: number | undefined
  /** By which way they signed in, for notices: `password`, `Google`, … */
  method?: string | null | undefined
}

export interface Browser {
  /** The session whose cookie it sent, whosever that is; it may have ended. */
  session: string | null
  /** Its cookie gets the new token, and nothing else does: the session it had has no owner any more. */
  replaces: boolean
  /**
   * A snapshot from when the login began, of a browser that showed no device: what looks like it and came to be since
   * then is another click on the same button, whose answer this one's follows. Null: the device is known, or nobody
   * could be asked.
   */
  begun: Promise<string | null> | null
}

/** The request, checked. */
export interface CheckedLogin extends Omit<LoginRequest, 'userId' | 'claims'> {
  userId: string
  claims: Record<string, unknown>
  /** The browser's `begun`, at hand: a transaction waits for nobody who may wait for its connection. */
  begun: string | null
}

/** What a login's transaction wrote. */
export interface OpenedRow {
  /** Null: it was refused, and only that was written. */
  denied: null
  row: SessionRow
  token: string
  /** What has to be out on every node before the token is handed over. */
  gone: EndedSession[]
  /** A notice is to be sent. */
  noticed: boolean
}

/** A login that was refused for what speaks against it, which is written down. */
export interface DeniedLogin {
  denied: Assessment
}
