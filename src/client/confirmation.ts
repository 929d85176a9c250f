/** Asks the server over HTTP whether the session still is: the one thing beside a `logout` message that may sign out. */
import type { EndReason, ErrorBody } from '../protocol.ts'

/** A longer Retry-After (a mistaken proxy's) would silence the client for good. */
const MAX_RETRY_AFTER_MS = 300_000

/** What is known now. `ended` is certain; otherwise the session lives, or nobody can say, and both mean: try again. */
export type Verdict =
  | { ended: true, code: string, reason: EndReason | null }
  | { ended: false, retryAfterMs: number }

export interface Question {
  url: string
  /** Null: the cookie. */
  token: string | null
  signal: AbortSignal
  fetch: typeof globalThis.fetch
  now: () => number
}

/**
 * One `GET /sessions/current`. Never throws.
 *
 * Only a 401 of the plugin's own counts: JSON with a `code` that begins with `SESSION_`. A 401 of something in between (a proxy that wants a
 * password, a captive portal) signs nobody out; a code of a newer server does.
 */
export async function confirmSession ({ url, token, signal, fetch, now }: Question): Promise<Verdict> {
  const init = {
    signal,
    cache: 'no-store',
    // with the cookie, `include` and not `same-origin`: a server on another origin would not get it and answer 401
    credentials: token === null ? 'include' : 'same-origin',
    // a portal's login page is not an answer
    redirect: 'error',
    headers: token === null ? {} : { authorization: `Bearer ${token}` }
  } as const
  try {
    const response = await fetch(url, init)
    if (response.status === 401) {
      const body = await response.json() as Partial<ErrorBody> | null
      if (typeof body?.code === 'string' && body.code.startsWith('SESSION_')) {
        return { ended: true, code: body.code, reason: body.reason ?? null }
      }
    } else {
      // unread, it would keep the connection
      response.body?.cancel().catch(() => {})
    }
    return { ended: false, retryAfterMs: retryAfterMs(response.headers.get('retry-after'), now()) }
  } catch {
    return { ended: false, retryAfterMs: 0 }
  }
}

function retryAfterMs (header: string | null, now: number): number {
  if (header === null) return 0
  const seconds = Number(header)
  const ms = Number.isNaN(seconds) ? Date.parse(header) - now : seconds * 1000
  return ms > 0 ? Math.min(ms, MAX_RETRY_AFTER_MS) : 0
}
