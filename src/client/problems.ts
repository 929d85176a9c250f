/** Refusals of the handshake that pass only when somebody mends something: a wrong origin, prefix, proxy. */
import { isOurs, type Answer } from './answer.ts'
import type { Problem } from './api.ts'
import { platform } from './platform.ts'

/** Time-outs and limits: they pass by themselves. */
const PASSING = [408, 425, 429]
/** WebSockets do not get through; everything else does. */
export const UPGRADE_REQUIRED = 426

/** What the answer to a refused handshake says of its cause; null where that passes by itself. */
export function problemIn ({ url, status, body }: Answer): Problem | null {
  const code = typeof body?.code === 'string' ? body.code : null
  // an app's index page, most likely: no server of ours lets a plain GET of its socket succeed
  if (status < 300) return { status, code, message: `${url} is not a live-sessions server: is the prefix right?` }
  if (status < 400 || status > 499 || PASSING.includes(status) || (status === 401 && isOurs(code))) return null
  return { status, code, message: typeof body?.message === 'string' ? body.message : `${url} answers ${status}` }
}

/** A dev server is on this machine and has a port; apps in a web view have `localhost` without one. */
const LOCAL = /^https?:\/\/([^/]+\.)?(localhost|127\.\d+\.\d+\.\d+|\[::1\]):\d+$/

/** Says it on the console, where a developer is looking. */
export function hint ({ status, code, message }: Problem): void {
  if (platform.__DEV__ === true || LOCAL.test(platform.location?.origin ?? '')) {
    platform.console?.warn(`live-sessions: no socket (${status} ${code ?? ''}): ${message}`)
  }
}
