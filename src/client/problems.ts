/**
 * Refusals of the handshake that pass only when somebody mends something: a wrong origin, prefix, proxy. Loaded when a
 * handshake is refused, so it shares no code with the rest: that would be a file more for every page.
 */
import type { Answer } from './answer.ts'
import type { Problem } from './api.ts'
import type { Platform } from './platform.ts'

/** Time-outs and limits: they pass by themselves. */
const PASSING = [408, 425, 429]

/** What the answer to a refused handshake says of its cause; null where that passes by itself. */
export function problemIn ({ url, status, body }: Answer): Problem | null {
  const code = typeof body.code === 'string' ? body.code : null
  // an app's index page, most likely: no server of ours lets a plain GET of its socket succeed
  if (status < 300) return { status, code, message: `${url} is not a live-sessions server: is the prefix right?` }
  if (status < 400 || PASSING.includes(status)) return null
  return { status, code, message: typeof body.message === 'string' ? body.message : `${url} answers ${status}` }
}

/** A dev server is on this machine and has a port; apps in a web view have `localhost` without one. */
const LOCAL = /^https?:\/\/([^/]+\.)?(localhost|127\.\d+\.\d+\.\d+|\[::1\]):\d+$/

/** Says it on the console, where a developer is looking. */
export function hint ({ status, code, message }: Problem): void {
  const { __DEV__, location, console } = globalThis as unknown as Platform
  if (__DEV__ === true || LOCAL.test(location?.origin ?? '')) {
    console?.warn(`live-sessions: no socket (${status} ${code ?? ''}): ${message}`)
  }
}
