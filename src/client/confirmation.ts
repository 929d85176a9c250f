/**
 * Asks the server over HTTP whether the session still is, and why it takes no socket: what a browser's WebSocket does
 * not tell.
 */
import { saysEnded, type Answer } from './answer.ts'
import type { Refusal } from './problems.ts'
import type { Settings } from './settings.ts'

/** A longer Retry-After (a mistaken proxy's) would silence the client for good. */
const MAX_RETRY_AFTER_MS = 300_000

/** Never throws: without an answer the status is 0. `token` null: the cookie. */
export async function ask (
  { fetch, timers }: Settings,
  url: string,
  token: string | null,
  signal: AbortSignal
): Promise<Answer> {
  try {
    const response = await fetch(url, {
      signal,
      cache: 'no-store',
      // with the cookie, `include` and not `same-origin`: a server on another origin would not get it and answer 401
      credentials: token ? 'same-origin' : 'include',
      // a portal's login page is not an answer
      redirect: 'error',
      headers: token ? { authorization: `Bearer ${token}` } : {}
    })
    return {
      url,
      status: response.status,
      body: (await response.json().catch(() => null) ?? {}) as Answer['body'],
      retryAfterMs: retryAfterMs(response.headers.get('retry-after'), timers.now())
    }
  } catch {
    return { url, status: 0, body: {}, retryAfterMs: 0 }
  }
}

function retryAfterMs (header: string | null, now: number): number {
  let ms = Number(header) * 1000
  if (Number.isNaN(ms)) ms = Date.parse(header as string) - now
  return ms > 0 ? Math.min(ms, MAX_RETRY_AFTER_MS) : 0
}

/** Why a handshake was refused; null where that passes by itself, and where the words for it cannot be loaded. */
export async function explain (answer: Answer): Promise<Refusal | null> {
  const { status } = answer
  if (!status || status > 499 || saysEnded(answer)) return null
  try {
    return (await import('./problems.ts')).refusalIn(answer)
  } catch {
    return null
  }
}
