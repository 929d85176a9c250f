/**
 * Asks the server over HTTP whether the session still is, and why it takes no socket: what a browser's WebSocket does
 * not tell.
 */
import type { EndReason } from '../protocol.ts'
import type { Problem } from './api.ts'
import { isOurs, type Answer } from './answer.ts'
import { problemIn } from './problems.ts'

/** How long an answer is waited for. */
export const CONFIRMATION_MS = 10_000
/** A longer Retry-After (a mistaken proxy's) would silence the client for good. */
const MAX_RETRY_AFTER_MS = 300_000

/** What is known now. `ended` is certain; otherwise the session lives, or nobody can say, and both mean: try again. */
export type Verdict =
  | { ended: true, code: string | null, reason: EndReason | null }
  | { ended: false, sessionId: string | null, retryAfterMs: number, problem: Problem | null }

export interface Question {
  currentUrl: string
  /** The socket's address for a plain GET, asked after a refused handshake; null when there was none. */
  refusedUrl: string | null
  /** The session that asked before; null when none is known yet. */
  sessionId: string | null
  /** Null: the cookie. */
  token: string | null
  signal: AbortSignal
  fetch: typeof globalThis.fetch
  now: () => number
}

/**
 * `GET /sessions/current`, which also tells whose session the credential is by now; after a refused handshake, and if
 * the session lives, also a plain GET of the socket's address, which the server judges like the handshake. Never
 * throws.
 *
 * Only a 401 of the plugin's own counts: JSON with a `code` that begins with `SESSION_`. A 401 of something in between
 * (a proxy that wants a password, a captive portal) signs nobody out; a code of a newer server does.
 */
export async function confirmSession (question: Question): Promise<Verdict> {
  const { currentUrl, refusedUrl, sessionId } = question
  let answer = await ask(question, currentUrl)
  const code = answer?.body?.code
  if (answer?.status === 401 && isOurs(code)) return { ended: true, code, reason: answer.body?.reason ?? null }
  const given = answer?.status === 200 ? answer.body?.id : null
  const id = typeof given === 'string' ? given : null
  if (id !== null && id !== (sessionId ?? id)) return { ended: true, code: null, reason: 'replaced' }
  if (refusedUrl !== null && answer !== null && answer.status < 300) answer = await ask(question, refusedUrl)
  return {
    ended: false,
    sessionId: id,
    retryAfterMs: answer?.retryAfterMs ?? 0,
    problem: refusedUrl === null ? null : problemIn(answer)
  }
}

/** Null where nothing was answered. */
async function ask ({ token, signal, fetch, now }: Question, url: string): Promise<Answer | null> {
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
    const { status } = response
    let body: Answer['body'] = null
    if (status === 200 || (status > 399 && status < 500)) {
      body = await response.json().catch(() => null) as Answer['body']
    } else {
      // unread, it would keep the connection
      response.body?.cancel().catch(() => {})
    }
    return { url, status, body, retryAfterMs: retryAfterMs(response.headers.get('retry-after'), now()) }
  } catch {
    return null
  }
}

function retryAfterMs (header: string | null, now: number): number {
  if (header === null) return 0
  const seconds = Number(header)
  const ms = Number.isNaN(seconds) ? Date.parse(header) - now : seconds * 1000
  return ms > 0 ? Math.min(ms, MAX_RETRY_AFTER_MS) : 0
}
