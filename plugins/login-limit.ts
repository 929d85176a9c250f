/** The brake on guessing passwords: failed logins are counted by address and account, and by address; those that succeed never. */
import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { RateLimited } from '../src/errors.ts'

export interface LoginLimit {
  /** Throws SESSION_RATE_LIMITED, with the time to wait, when this address has failed too often. */
  check: (request: FastifyRequest, email: string) => Promise<void>
  /** Counts a failure. */
  failed: (request: FastifyRequest, email: string) => Promise<void>
}

const WINDOW_SECONDS = 60
/** One address may stand for an office: over all accounts it may fail this many times as often. */
const ACCOUNTS_BEHIND_ONE_ADDRESS = 10

/** `failuresPerMinute` is for one account from one address; 0 switches the limit off. Each node counts for itself. */
export function createLoginLimit (failuresPerMinute: number): LoginLimit {
  if (failuresPerMinute === 0) return { check: async () => {}, failed: async () => {} }
  const byAccount = new RateLimiterMemory({ points: failuresPerMinute, duration: WINDOW_SECONDS })
  const byAddress = new RateLimiterMemory({ points: failuresPerMinute * ACCOUNTS_BEHIND_ONE_ADDRESS, duration: WINDOW_SECONDS })

  return {
    async check (request, email) {
      for (const [limiter, key] of [[byAccount, accountKey(request, email)], [byAddress, request.ip]] as const) {
        const state = await limiter.get(key)
        if (state !== null && state.consumedPoints >= limiter.points) {
          throw Object.assign(new RateLimited(), { retryAfterSeconds: Math.ceil(state.msBeforeNext / 1_000) })
        }
      }
    },
    async failed (request, email) {
      await Promise.all([byAccount.penalty(accountKey(request, email), 1), byAddress.penalty(request.ip, 1)])
    }
  }
}

function accountKey (request: FastifyRequest, email: string): string {
  return `${request.ip} ${createHash('sha256').update(email.toLowerCase()).digest('base64url')}`
}
