/** What the server answers over HTTP, as much of it as the client looks at. */
import type { ErrorBody } from '../protocol.ts'
import type { LogoutEvent } from './api.ts'

/** How it became known that the session has ended, and as much as was said of it: by a `logout`, a 401, another tab. */
export type OnEnd = (via: LogoutEvent['via'], ending: Partial<LogoutEvent>, receipt?: () => void) => void

export interface Answer {
  url: string
  /** 0 where nothing was answered. */
  status: number
  /** A refusal's, or the session; empty where it is no JSON. */
  body: Partial<ErrorBody> & Partial<LogoutEvent> & { id?: string }
  retryAfterMs: number
}

/**
 * The session has ended: a 401 of the plugin's own, JSON with a `code` that begins with `SESSION_`. A 401 of something
 * in between (a proxy that wants a password, a captive portal) signs nobody out; a code of a newer server does.
 */
export function saysEnded ({ status, body: { code } }: Answer): boolean {
  return status === 401 && /^SESSION_/.test(code as string)
}
