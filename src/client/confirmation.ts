/**
 * Asks the server over HTTP whether the session still is, and why it takes no socket: what a browser's WebSocket does
 * not tell.
 */
import type { Problem } from './api.ts'
import { endingIn, isOurs, type Answer, type Ending } from './answer.ts'
import { problemIn } from './problems.ts'
import type { Settings } from './settings.ts'

/** How long an answer is waited for. */
export const CONFIRMATION_MS = 10_000
/** A longer Retry-After (a mistaken proxy's) would silence the client for good. */
const MAX_RETRY_AFTER_MS = 300_000

/**
 * What is known now. An `ending` is certain; otherwise the session lives, or nobody can say, and both mean: try again.
 */
export interface Verdict {
  ending?: Ending
  sessionId: string | null
  retryAfterMs: number
  problem: Problem | null
}

export interface Question {
  /** The session that asked before; null when none is known yet. */
  sessionId: string | null
  /** Null: the cookie. */
  token: string | null
  /** The handshake before was refused: the socket's address is asked why. */
  refused: boolean
  signal: AbortSignal
}

/**
 * `GET /sessions/current`, which also tells whose session the credential is by now; after a refused handshake, and if
 * the session lives, also a plain GET of the socket's address, which the server judges like the handshake. Never
 * throws.
 *
 * Only a 401 of the plugin's own counts: JSON with a `code` that begins with `SESSION_`. A 401 of something in between
 * (a proxy that wants a password, a captive portal) signs nobody out; a code of a newer server does.
 */
export async function confirmSession (settings: Settings, question: Question): Promise<Verdict> {
  const { sessionId, refused } = question
  let answer = await ask(settings, question, settings.currentUrl)
  const { status, body } = answer ?? {}
  const id = status === 200 && typeof body?.id === 'string' ? body.id : null
  const verdict = { sessionId: id, retryAfterMs: 0, problem: null }
  if (status === 401 && body && isOurs(body.code)) return { ...verdict, ending: endingIn('confirmation', body) }
  if (id !== null && id !== (sessionId ?? id)) {
    return { ...verdict, ending: { reason: 'replaced', via: 'confirmation' } }
  }
  if (refused && answer && answer.status < 300) answer = await ask(settings, question, settings.refusedUrl)
  return {
    ...verdict,
    retryAfterMs: answer?.retryAfterMs ?? 0,
    problem: refused && answer ? problemIn(answer) : null
  }
}

/** Null where nothing was answered. */
async function ask ({ fetch, timers }: Settings, { token, signal }: Question, url: string): Promise<Answer | null> {
  try {
    const response = await fetch(url, {
      signal,
      cache: 'no-store',
      // with the cookie, `include` and not `same-origin`: a server on another origin would not get it and answer 401
      credentials: token === null ? 'include' : 'same-origin',
      // a portal's login page is not an answer
      redirect: 'error',
      headers: token === null ? {} : { authorization: `Bearer ${token}` }
    })
    return {
      url,
      status: response.status,
      body: await response.json().catch(() => null) as Answer['body'],
      retryAfterMs: retryAfterMs(response.headers.get('retry-after'), timers.now())
    }
  } catch {
    return null
  }
}

function retryAfterMs (header: string | null, now: number): number {
  const seconds = Number(header)
  const ms = Number.isNaN(seconds) ? Date.parse(header as string) - now : seconds * 1000
  return ms > 0 ? Math.min(ms, MAX_RETRY_AFTER_MS) : 0
}
