/** Time, handed in: the simulation and the tests bring their own. */

export interface Clock {
  /** Wall clock, ms since 1970. */
  now: () => number
  /** Monotonic clock, ms; only differences mean something. */
  monotonic: () => number
  /** Calls back once; never keeps the process alive. */
  setTimer: (callback: () => void, ms: number) => Timer
}

export interface Timer {
  cancel: () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer (callback, ms) {
    const timer = setTimeout(callback, ms)
    timer.unref()
    return { cancel: () => { clearTimeout(timer) } }
  }
}
