/** A rate limit: so many times a minute for one key, counted on this node. */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { RateLimited } from '../../src/errors.ts'

export interface RateLimit {
  /** Rejects with SESSION_RATE_LIMITED, and the time to wait, when it was too often. */
  take: (key: string) => Promise<void>
}

const WINDOW_SECONDS = 60

export function createRateLimit (perMinute: number): RateLimit {
  const taken = new RateLimiterMemory({ points: perMinute, duration: WINDOW_SECONDS })
  return {
    async take (key) {
      try {
        await taken.consume(key)
      } catch (rejected) {
        if (!(rejected instanceof RateLimiterRes)) throw rejected
        throw Object.assign(new RateLimited(), { retryAfterSeconds: Math.ceil(rejected.msBeforeNext / 1_000) })
      }
    }
  }
}
