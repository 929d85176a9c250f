/** How long each step of the start may take: none may run into Fastify's own limit, whose error would name nothing. */
import type { Clock } from '../../src/clock.ts'

export interface StartTime {
  lookWithinMs: () => number
  /** Null: as long as it takes. */
  migrateWithinMs: () => number | null
  /** What is left for everything else. */
  restMs: () => number
}

/** Without a limit of Fastify's, or with a very long one. */
const STEP_MS = 10_000
/** Shares of Fastify's limit. */
const STEP = 0.4
const ALL = 0.9
const LEAST_MS = 1

/** `pluginTimeout` as Fastify has it, in ms; 0 is none. Counted from now. */
export function createStartTime (pluginTimeout: number | undefined, clock: Pick<Clock, 'monotonic'>): StartTime {
  const began = clock.monotonic()
  const limit = pluginTimeout === undefined || pluginTimeout === 0 ? null : pluginTimeout
  const left = (): number => {
    return limit === null ? Infinity : Math.max(LEAST_MS, Math.floor(limit * ALL - (clock.monotonic() - began)))
  }
  const step = (): number => Math.min(STEP_MS, left(), limit === null ? Infinity : Math.floor(limit * STEP))
  return {
    lookWithinMs: step,
    migrateWithinMs: () => limit === null ? null : left(),
    restMs: () => Math.min(STEP_MS, left())
  }
}
