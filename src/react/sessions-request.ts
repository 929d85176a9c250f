/** Requests to the plugin's own routes, from a page. */
import type { ErrorBody } from '../protocol.ts'

export interface SessionsRequestOptions {
  /** The server's origin; a path in it is not used. @default the page's own */
  url?: string | URL | undefined
  /** The plugin's prefix. @default '/api' */
  prefix?: string | undefined
  /** The token, or a function that gives it. @default none: the cookie is used */
  token?: string | (() => string | Promise<string>) | undefined
  /** @default that of `live`, else the global fetch */
  fetch?: typeof globalThis.fetch | undefined
  /** Whose `fetch` it is, so that an answer that says that the session has ended signs out. */
  live?: { fetch?: typeof globalThis.fetch } | undefined
}

/** A request that the server refused. */
export class SessionsRequestError extends Error {
  /** The HTTP status. */
  readonly status: number
  /** Like `SESSION_REAUTHENTICATION_REQUIRED`; null where the answer has none. */
  readonly code: string | null

  constructor (status: number, { code, message }: Partial<ErrorBody>) {
    super(message ?? `the server answered ${status}`)
    this.name = 'SessionsRequestError'
    this.status = status
    this.code = code ?? null
  }
}

/** Rejects with a `SessionsRequestError`, or with what `fetch` rejects with. */
export async function requestSessions<Answer> (
  { url, prefix = '/api', token, live, fetch = live?.fetch ?? globalThis.fetch }: SessionsRequestOptions,
  method: string, path: string, { body, signal }: { body?: unknown, signal?: AbortSignal } = {}
): Promise<Answer> {
  const given = typeof token === 'function' ? await token() : token
  const response = await fetch(`${url === undefined ? '' : new URL(url).origin}${prefix}/sessions${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(given === undefined ? {} : { authorization: `Bearer ${given}` })
    },
    credentials: given === undefined ? 'include' : 'omit',
    body: body === undefined ? null : JSON.stringify(body),
    signal: signal ?? null
  })
  const answer: unknown = await response.json().catch(() => ({}))
  if (!response.ok) throw new SessionsRequestError(response.status, answer as Partial<ErrorBody>)
  return answer as Answer
}
