/**
 * PostgreSQL's time, as this node knows it: read with each renewal, and carried on by the monotonic clock. What a row
 * says of a time is compared with it, never with this machine's own wall clock, which may be wrong or jump.
 */
import type { Clock } from '../clock.ts'
import { CLOCK_RATE_ERROR } from './lease.ts'

/** One per node. Times in ms since 1970. */
export interface DatabaseClock {
  /**
   * A statement that was sent and answered at these times of the monotonic clock said that it is so late, in ms since
   * 1970.
   */
  read: (at: number, sent: number, received: number) => void
  /**
   * The earliest that PostgreSQL's clock can show now, in ms since 1970: what is over by this time is over by the row.
   * Before the first reading nothing is.
   */
  earliest: () => number
  /** The same for timers and to be shown; before the first reading the wall clock's time. */
  now: () => number
  /**
   * The latest that PostgreSQL's clock can show now, a wrong rate included: what lives by this time lives by the row.
   * Before the first reading nothing does.
   */
  latest: (monotonic?: number) => number
  /** How far this machine's wall clock is off for certain, in ms; 0 while that is unknown. */
  difference: () => number
}

export function createDatabaseClock ({ now: wall, monotonic }: Pick<Clock, 'now' | 'monotonic'>): DatabaseClock {
  let reading: { at: number, sent: number, received: number } | null = null

  function earliest (): number {
    return reading === null ? -Infinity : reading.at + (monotonic() - reading.received) / (1 + CLOCK_RATE_ERROR)
  }

  return {
    read (at, sent, received) {
      reading = { at, sent, received }
    },
    earliest,
    now: () => reading === null ? wall() : Math.floor(earliest()),
    latest (time = monotonic()) {
      return reading === null ? Infinity : reading.at + (time - reading.sent) / (1 - CLOCK_RATE_ERROR)
    },
    difference () {
      if (reading === null) return 0
      const { at, sent, received } = reading
      return Math.max(0, Math.abs(wall() - (at + monotonic() - received)) - (received - sent))
    }
  }
}
