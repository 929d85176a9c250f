/**
 * Refusals of the handshake that pass only when somebody mends something: a wrong origin, prefix, proxy. Loaded when a
 * handshake is refused, so it shares no code with the rest: that would be a file more for every page.
 */
import type { Answer } from './answer.ts'
import type { Problem } from './api.ts'
import type { Pause } from './backoff.ts'
import type { Platform } from './platform.ts'

/** Time-outs and limits: they pass by themselves. */
const PASSING = [408, 425, 429]

/** WebSockets do not get through; everything else does. */
const UPGRADE_REQUIRED = 426
/** A single socket may be lost by chance: they do not get through when so many failed in a row, and HTTP did not. */
const BLOCKED_AFTER = 3
/** As seldom as after many failures, and not sooner than after half of that. */
const UNTIL_MENDED: Readonly<Pause> = { atLeastMs: 15_000, spreadMs: 15_000, failures: 0 }

/** A handshake was refused, and will be until somebody mends something. */
export interface Refusal {
  pause: Pause
  /** Tells the app and the console, once; `told` keeps what they know. */
  tell: (told: Set<string>, failures: number, onProblem: (problem: Problem) => void) => void
}

/** What the answer to a refused handshake says of its cause; null where that passes by itself. */
export function refusalIn (answer: Answer): Refusal | null {
  const problem = problemIn(answer)
  if (!problem) return null
  const blocked = problem.status === UPGRADE_REQUIRED
  return {
    pause: blocked ? {} : UNTIL_MENDED,
    tell (told, failures, onProblem) {
      const name = `${problem.status} ${problem.code}`
      if (told.has(name) || (blocked && failures < BLOCKED_AFTER)) return
      told.add(name)
      hint(problem)
      onProblem(problem)
    }
  }
}

function problemIn ({ url, status, body }: Answer): Problem | null {
  const code = typeof body.code === 'string' ? body.code : null
  // an app's index page, most likely: no server of ours lets a plain GET of its socket succeed
  if (status < 300) return { status, code, message: `${url} is not a live-sessions server: is the prefix right?` }
  if (status < 400 || PASSING.includes(status)) return null
  return { status, code, message: typeof body.message === 'string' ? body.message : `${url} answers ${status}` }
}

/** A dev server is on this machine and has a port; apps in a web view have `localhost` without one. */
const LOCAL = /^https?:\/\/([^/]+\.)?(localhost|127\.\d+\.\d+\.\d+|\[::1\]):\d+$/

/** Says it on the console, where a developer is looking. */
function hint ({ status, code, message }: Problem): void {
  const { __DEV__, location, console } = globalThis as unknown as Platform
  if (__DEV__ === true || LOCAL.test(location?.origin ?? '')) {
    console?.warn(`live-sessions: no socket (${status} ${code ?? ''}): ${message}`)
  }
}
