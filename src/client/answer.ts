/** What the server answers over HTTP, as much of it as the client looks at. */
import type { ErrorBody } from '../protocol.ts'
import type { LogoutEvent } from './api.ts'

export interface Answer {
  url: string
  status: number
  /** A refusal's, or the session, where it is JSON. */
  body: Partial<ErrorBody> & { id?: string } | null
  retryAfterMs: number
}

/** What is known of how a session ended; the rest is null. */
export type Ending = Pick<LogoutEvent, 'via' | 'reason'> & Partial<LogoutEvent>

/** Whether a code is the plugin's own, and not that of something in between. */
export const isOurs = (code: unknown): code is string => typeof code === 'string' && code.startsWith('SESSION_')

/** The end that the body of a 401 tells of. */
export function endingIn (via: LogoutEvent['via'], { code, reason, by }: Partial<ErrorBody>): Ending {
  return { via, code: code ?? null, reason: reason ?? null, by: by ?? null }
}
