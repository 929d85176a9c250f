/** What the server answers over HTTP, as much of it as the client looks at. */
import type { ErrorBody } from '../protocol.ts'
import type { LogoutEvent } from './api.ts'

export interface Answer {
  url: string
  /** 0 where nothing was answered. */
  status: number
  /** A refusal's, or the session; empty where it is no JSON. */
  body: Partial<ErrorBody> & { id?: string }
  retryAfterMs: number
}

/** What is known of how a session ended; the rest is null. */
export type Ending = Pick<LogoutEvent, 'via' | 'reason'> & Partial<LogoutEvent>

/**
 * The session has ended: a 401 of the plugin's own, JSON with a `code` that begins with `SESSION_`. A 401 of something
 * in between (a proxy that wants a password, a captive portal) signs nobody out; a code of a newer server does.
 */
export function saysEnded ({ status, body: { code } }: Answer): boolean {
  return status === 401 && typeof code === 'string' && code.startsWith('SESSION_')
}

/** The end that the body of a 401 tells of. */
export function endingIn (
  via: LogoutEvent['via'],
  { code = null, reason = null, by = null }: Partial<LogoutEvent>
): Ending {
  return { via, code, reason, by }
}
