/**
 * What an open socket means for its session's idle time: it counts as activity, or the socket ends when the session
 * goes idle.
 */
import type { Clock, Timer } from '../clock.ts'
import type { SessionRow } from '../session-row.ts'
import type { Activity } from '../session/activity.ts'
import type { SessionSocket } from './session-socket.ts'

/** Watches one socket; gives what stops watching. */
export type SocketLife = (entry: SessionSocket) => () => void

/** The socket counts: its session was active, again and again. */
export function keepActive (
  { activity, clock, everyMs }: { activity: Pick<Activity, 'mark'>, clock: Clock, everyMs: number }
): SocketLife {
  return ({ session }) =>
    repeat(clock, () => everyMs, async () => {
      activity.mark({ id: session.id, activeAt: 0, activeIp: null, unwritten: false }, null)
    })
}

export interface IdleWatchOptions {
  clock: Clock
  /** A row counts as idle after this long, in ms. */
  allowanceMs: number
  find: (id: string) => Promise<SessionRow | null>
  /** Ends the session durably, which tells its sockets; false when it is not idle after all. */
  endIdle: (id: string) => Promise<boolean>
  onError: (error: unknown) => void
}

/** The socket does not count: its row is asked when it may be idle, and not before. */
export function watchIdle ({ clock, allowanceMs, find, endIdle, onError }: IdleWatchOptions): SocketLife {
  return ({ session }) => {
    let activeAt = clock.now()
    return repeat(clock, () => activeAt + allowanceMs - clock.now(), async () => {
      try {
        const row = await find(session.id)
        if (row?.timedOut === 'idle_timeout') await endIdle(session.id)
        else activeAt = row?.lastActivityAt ?? clock.now()
      } catch (error) {
        activeAt = clock.now()
        onError(error)
      }
    })
  }
}

/** Longest delay a timer of Node.js takes, and the shortest that is worth one, in ms. */
const MAX_TIMER_MS = 2 ** 31 - 1
const MIN_TIMER_MS = 100

function repeat (clock: Clock, delay: () => number, work: () => Promise<void>): () => void {
  let stopped = false
  let timer: Timer
  function next (): void {
    if (stopped) return
    timer = clock.setTimer(() => { void work().then(next) }, Math.min(Math.max(delay(), MIN_TIMER_MS), MAX_TIMER_MS))
  }
  next()
  return () => {
    stopped = true
    timer.cancel()
  }
}
