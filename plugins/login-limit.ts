/** The brake on guessing passwords: failed logins are counted by address and account, and by address; those that succeed never. */
import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { networkOf, normalizeAddress } from '../src/address.ts'
import { RateLimited } from '../src/errors.ts'

export interface LoginLimit {
  /**
   * Runs a check of the password; rejects with SESSION_RATE_LIMITED, and the time to wait, when this address has failed too often.
   * An answer that is null or false counts as a failure.
   */
  attempt: <Answer>(request: FastifyRequest, account: string, check: () => Promise<Answer>) => Promise<Answer>
}

const WINDOW_SECONDS = 60
/** One address may stand for an office: over all accounts it may fail this many times as often. */
const ACCOUNTS_BEHIND_ONE_ADDRESS = 10

/** `failuresPerMinute` is for one account from one address; 0 switches the limit off. Each node counts for itself. */
export function createLoginLimit (failuresPerMinute: number): LoginLimit {
  if (failuresPerMinute === 0) return { attempt: (_request, _account, check) => check() }
  const byAccount = createBrake(failuresPerMinute)
  const byAddress = createBrake(failuresPerMinute * ACCOUNTS_BEHIND_ONE_ADDRESS)
  return {
    attempt: (request, account, check) => byAccount(accountKey(request, account), () => byAddress(addressKey(request), check))
  }
}

/** What is under way for one key. */
interface Place {
  running: number
  waiting: Array<() => void>
}

type Brake = <Answer>(key: string, check: () => Promise<Answer>) => Promise<Answer>

/**
 * As many checks run at once as may still fail, so that parallel guesses can't all pass the same look. Whoever comes then
 * waits for those to end, and is not refused: all of them may know the password.
 */
function createBrake (points: number): Brake {
  const failures = new RateLimiterMemory({ points, duration: WINDOW_SECONDS })
  const places = new Map<string, Place>()

  async function enter (key: string): Promise<Place> {
    for (;;) {
      const state = await failures.get(key)
      const place = places.get(key) ?? { running: 0, waiting: [] }
      const failed = state?.consumedPoints ?? 0
      if (failed >= points) {
        wake(place, place.waiting.length)
        throw Object.assign(new RateLimited(), { retryAfterSeconds: Math.ceil((state?.msBeforeNext ?? 0) / 1_000) })
      }
      places.set(key, place)
      if (failed + place.running < points) {
        place.running++
        return place
      }
      await new Promise<void>((resolve) => { place.waiting.push(resolve) })
    }
  }

  /** A success frees one place. A failure frees none, but may have been the last one that those who wait had to wait for. */
  function leave (key: string, place: Place, failed: boolean): void {
    place.running--
    wake(place, failed ? place.waiting.length : 1)
    if (place.running === 0 && place.waiting.length === 0) places.delete(key)
  }

  return async (key, check) => {
    const place = await enter(key)
    let failed = false
    try {
      const answer = await check()
      failed = answer === null || answer === false
      // Counted before the place is free: in between it would be neither.
      if (failed) await failures.penalty(key, 1)
      return answer
    } finally {
      leave(key, place, failed)
    }
  }
}

function wake ({ waiting }: Place, count: number): void {
  for (const resume of waiting.splice(0, count)) resume()
}

/** What is no address is one place to come from: else each made-up one would be another. */
function addressKey (request: FastifyRequest): string {
  return networkOf(normalizeAddress(request.ip) ?? '')
}

/** Neither blanks around it nor capitals make another account of an address; most apps think so, too. */
function accountKey (request: FastifyRequest, account: string): string {
  return `${addressKey(request)} ${createHash('sha256').update(account.trim().toLowerCase()).digest('base64url')}`
}
