/**
 * The lease: until when a node may answer from memory. And how long it can last at most, seen from another node whose
 * clock runs at another rate.
 */
import type { Clock } from '../clock.ts'

/** One per node: only a renewal extends it. */
export interface Lease {
  /**
   * Whether memory may be trusted right now, by both clocks: the wall clock goes on while a machine sleeps. No timer
   * ends a lease. Whoever has just read the clocks (ms) hands in the readings.
   */
  held: (monotonic?: number, wall?: number) => boolean
  /** A renewal that began at this reading of the clocks has completed. */
  extend: (begin: { monotonic: number, wall: number }) => void
  /** The node may not know of what ended: memory is not trusted before the next renewal. */
  end: () => void
}

export interface LeaseOptions {
  clock: Pick<Clock, 'monotonic' | 'now'>
  /** How long memory may be trusted after a renewal began, in ms. */
  leaseMs: number
}

export function createLease ({ clock, leaseMs }: LeaseOptions): Lease {
  let until = -Infinity
  let untilWall = -Infinity

  return {
    held: (monotonic = clock.monotonic(), wall = clock.now()) => monotonic < until && wall < untilWall,
    extend (begin) {
      until = Math.max(until, begin.monotonic + leaseMs)
      // no maximum: after the wall clock was set back, an earlier end would be far off
      untilWall = begin.wall + leaseMs
    },
    end () {
      until = -Infinity
      untilWall = -Infinity
    }
  }
}

/** How far a monotonic clock's rate may be off. */
export const CLOCK_RATE_ERROR = 0.1
const MARGIN_MS = 50

/** T′: after this long by my clock, a lease of `leaseMs` that was taken before is over by its holder's clock. In ms. */
export function graceOf (leaseMs: number): number {
  return leaseMs * (1 + CLOCK_RATE_ERROR) / (1 - CLOCK_RATE_ERROR) + MARGIN_MS
}
