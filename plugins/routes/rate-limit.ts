/** A brake on something that is allowed, but not that often: so many a minute for one key, on this node. */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { RateLimited } from '../../src/errors.ts'

export interface Brake {
  /** Rejects with SESSION_RATE_LIMITED, and the time to wait, when it was too often. */
  take: (key: string) => Promise<void>
}

const WINDOW_SECONDS = 60

export function createBrake (perMinute: number): Brake {
  const taken = new RateLimiterMemory({ points: perMinute, duration: WINDOW_SECONDS })
  return {
    async take (key) {
      try {
        await taken.consume(key)
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal
        throw Object.assign(new RateLimited(), { retryAfterSeconds: Math.ceil(refusal.msBeforeNext / 1_000) })
      }
    }
  }
}
