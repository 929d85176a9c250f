/** The published routes, asked as the page's user: with the cookie, or with the app's token. */
import type { EndReason, ErrorBody } from '../protocol.ts'
import type { SharedTexts } from './texts/shared-en.ts'
import type { Say } from './texts/texts.ts'
import type { Words } from './words.ts'

/** What went wrong: an answer that is not 2xx, or none at all (`status` 0). */
export interface Refusal extends Error {
  status: number
  code: string | undefined
  reason: EndReason | undefined
  /** Seconds, from Retry-After; NaN where there is none. */
  wait: number
}

/** A token, or a function that gives it. */
export type TokenSource = string | (() => string | Promise<string>)

export interface ServerOptions {
  /** Origin and prefix. */
  base: string
  token: TokenSource | undefined
  /** Each answer's Date header. */
  onDate: (date: string | null) => void
  /** Asks the person who they are; false: they gave up. */
  stepUp: (server: Server) => Promise<boolean>
}

export type Server = <T>(method: string, path: string, body?: unknown) => Promise<T>

/** A request that needs a recent proof of who it is asks for it, and is sent again. Rejects with a {@link Refusal}. */
export function createServer ({ base, token, onDate, stepUp }: ServerOptions): Server {
  const server: Server = async (method, path, body) => {
    const headers: Record<string, string> = {}
    if (token !== undefined) headers['authorization'] = `Bearer ${typeof token === 'function' ? await token() : token}`
    if (body !== undefined) headers['content-type'] = 'application/json'
    const response = await fetch(base + path, {
      method,
      headers,
      cache: 'no-store',
      credentials: token === undefined ? 'include' : 'same-origin',
      body: body === undefined ? null : JSON.stringify(body)
    }).catch(() => null)
    if (response) onDate(response.headers.get('date'))
    const answer = await response?.json().catch(() => null)
    if (response?.ok === true && answer) return answer
    const { code, reason, message } = (answer ?? {}) as Partial<ErrorBody>
    if (code === 'SESSION_REAUTHENTICATION_REQUIRED' && await stepUp(server)) return await server(method, path, body)
    throw Object.assign(new Error(message), {
      code, reason, status: response?.status ?? 0, wait: Number(response?.headers.get('retry-after') ?? NaN)
    })
  }
  return server
}

/** That there was none is as good as an end. */
export async function endSessions (server: Server, path: string): Promise<void> {
  await server('DELETE', path).catch((error: Refusal) => {
    if (error.status !== 404) throw error
  })
}

/** Whether the session is over, or there never was one. */
export const isSignedOut = ({ status, code }: Refusal): boolean =>
  status === 401 && code?.startsWith('SESSION_') === true

/** Whether to try again may help. */
export const mayPass = ({ status }: Refusal): boolean => status === 0 || status === 429 || status > 499

export function explain ({ status, code, wait, message }: Refusal, say: Say<SharedTexts>, { seconds }: Words): string {
  if (status === 0) return say('unreachable')
  if (status === 429) return wait > 0 ? say('limitedFor', { time: seconds(wait) }) : say('limited')
  if (code === 'SESSION_REVOCATION_UNCONFIRMED') return say('unconfirmed')
  if (status === 403) return say('forbidden')
  return status === 400 ? message : say('failed')
}
