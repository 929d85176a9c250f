/** Time in the test's hand: nothing passes unless the test says so. */
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../../src/clock.ts'

export interface ManualClock extends Clock {
  /** Lets both clocks run on, and fires the timers that come due, in order. */
  advance: (ms: number) => void
  /** The wall clock alone jumps, as after a machine slept or somebody set it. */
  jump: (ms: number) => void
  /** Timers that wait. */
  waiting: () => number
}

export function createManualClock (): ManualClock {
  let wall = Date.UTC(2026, 0, 1)
  let monotonic = 1_000
  const timers = new Set<{ at: number, callback: () => void }>()
  return {
    now: () => wall,
    monotonic: () => monotonic,
    setTimer (callback, ms) {
      const timer = { at: monotonic + ms, callback }
      timers.add(timer)
      return { cancel: () => { timers.delete(timer) } }
    },
    advance (ms) {
      const end = monotonic + ms
      for (;;) {
        const [next] = [...timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)
        if (next === undefined) break
        timers.delete(next)
        wall += next.at - monotonic
        monotonic = next.at
        next.callback()
      }
      wall += end - monotonic
      monotonic = end
    },
    jump (ms) { wall += ms },
    waiting: () => timers.size
  }
}

/** What only needs its turn has had it after so many; anything else takes its time, in which others work. */
const TURNS = 20

/** Resolves when the condition has come about; what is under way goes on meanwhile. */
export async function until (condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; !await condition(); turn++) await (turn < TURNS ? nextTurn() : delay(2))
}
