/** The machine a node runs on: its clocks, wrong by a constant and in rate; it can stand still for a while, and die. */
import type { Clock } from '../../../src/clock.ts'
import type { World } from './world.ts'

export interface Machine {
  readonly name: string
  readonly alive: boolean
  /** Its clocks' seconds in a true second. */
  readonly rate: number
  readonly clock: Clock
  /** Something came in on a socket: it is read now, or when the pause is over; never on a dead machine. */
  receive: (task: () => void) => void
  pause: (ms: number) => void
  kill: () => void
  /** For how long it has stood still altogether, in true ms. */
  pausedMs: () => number
}

export interface MachineOptions {
  name: string
  world: World
  rate: number
  /** What the clocks show when the run begins, in ms. */
  offset: { monotonic: number, wall: number }
}

/** A process that wakes up reads its sockets first, and runs its timers after. In ms. */
const TIMERS_AFTER_MS = 2

export function createMachine ({ name, world, rate, offset }: MachineOptions): Machine {
  let alive = true
  let pausedUntil = 0
  let paused = 0

  function receive (task: () => void): void {
    if (!alive) return
    if (world.now < pausedUntil) world.at(pausedUntil, () => { receive(task) })
    else task()
  }

  function fire (task: () => void): void {
    if (!alive) return
    if (world.now < pausedUntil) world.at(pausedUntil + TIMERS_AFTER_MS, () => { fire(task) })
    else task()
  }

  return {
    name,
    get alive () { return alive },
    rate,
    clock: {
      monotonic: () => offset.monotonic + world.now * rate,
      now: () => offset.wall + world.now * rate,
      setTimer (callback, ms) {
        let cancelled = false
        world.later(Math.max(ms, 1) / rate, () => { fire(() => { if (!cancelled) callback() }) })
        return { cancel () { cancelled = true } }
      }
    },
    receive,
    pause (ms) {
      paused += Math.max(0, world.now + ms - Math.max(world.now, pausedUntil))
      pausedUntil = Math.max(pausedUntil, world.now + ms)
    },
    kill () { alive = false },
    pausedMs: () => paused
  }
}
