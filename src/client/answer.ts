/** What the server answers over HTTP, as much of it as the client looks at. */
import type { ErrorBody } from '../protocol.ts'

export interface Answer {
  url: string
  status: number
  /** A refusal's, or the session, where it is JSON. */
  body: Partial<ErrorBody> & { id?: string } | null
  retryAfterMs: number
}

/** Whether a code is the plugin's own, and not that of something in between. */
export const isOurs = (code: unknown): code is string => typeof code === 'string' && code.startsWith('SESSION_')
