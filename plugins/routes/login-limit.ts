/**
 * The limit on guessing passwords: failed logins are counted by account and address, by address, and by account from
 * anywhere; those that succeed never. The last can lock nobody out of a device that signed in before: it has a count of
 * its own, and a share of all such devices'.
 */
import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { networkOf, normalizeAddress } from '../../src/address.ts'
import { createBoundedCache } from '../../src/bounded-cache.ts'
import { RateLimited } from '../../src/errors.ts'
import type { ResolvedLogin } from '../../src/options/defaults.ts'

export interface Attempt {
  account: string
  /** The device that signed in to this account before; null where the request shows none. */
  device: string | null
}

export interface LoginLimit {
  /**
   * Runs a check of the password; rejects with SESSION_RATE_LIMITED, and the time to wait, when there were too many
   * failures. An answer that is null or false counts as a failure.
   */
  attempt: <Answer>(request: FastifyRequest, attempt: Attempt, check: () => Promise<Answer>) => Promise<Answer>
  /** Wrong passwords for this account since it was last asked, from anywhere; within an hour of the first. */
  takeFailures: (account: string) => number
}

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
/** One address may stand for an office: over all accounts it may fail this many times as often. */
const ACCOUNTS_BEHIND_ONE_ADDRESS = 10
/**
 * Whoever once knew the password may have collected devices: all those of an account together may fail this many times
 * as often as one.
 */
const DEVICES_OF_ONE_ACCOUNT = 10
/** Counts held at once, so that nobody fills the memory by guessing at names; the least recently used go first. */
const MAX_COUNTS = 100_000

type LoginLimits = Pick<ResolvedLogin<never>, 'failuresPerMinute' | 'accountFailuresPerHour'>

/** A limit of 0 is none. Each node counts for itself. */
export function createLoginLimit ({ failuresPerMinute, accountFailuresPerHour }: LoginLimits): LoginLimit {
  const byAccountAndAddress = createFailureLimit(failuresPerMinute, MINUTE_MS)
  const byAddress = createFailureLimit(failuresPerMinute * ACCOUNTS_BEHIND_ONE_ADDRESS, MINUTE_MS)
  const byAccount = createFailureLimit(accountFailuresPerHour, HOUR_MS)
  const byKnownDevices = createFailureLimit(accountFailuresPerHour * DEVICES_OF_ONE_ACCOUNT, HOUR_MS)
  // What speaks against a login is no limit: it counts where the limits are off, too.
  const before = createBoundedCache<number>(MAX_COUNTS, { ttl: HOUR_MS, noUpdateTTL: true })
  return {
    attempt (request, { account, device }, checked) {
      const address = addressKey(request)
      const hash = hashOf(account)
      const check: typeof checked = async () => {
        const answer = await checked()
        if (answer === null || answer === false) before.set(hash, (before.get(hash) ?? 0) + 1)
        return answer
      }
      const countedByAccount: typeof check = device === null
        ? () => byAccount(hash, check)
        : () => byKnownDevices(hash, () => byAccount(`${hash} ${device}`, check))
      return byAccountAndAddress(`${address} ${hash}`, () => byAddress(address, countedByAccount))
    },

    takeFailures (account) {
      const hash = hashOf(account)
      const count = before.get(hash) ?? 0
      before.delete(hash)
      return count
    }
  }
}

function hashOf (account: string): string {
  return createHash('sha256').update(account).digest('base64url')
}

/** Neither blanks around it nor capitals make another account of an address; most apps think so, too. */
export function accountText (account: string): string {
  return account.trim().toLowerCase()
}

/** The checks under way for one key. */
interface Checks {
  running: number
  waiting: Array<() => void>
}

type FailureLimit = <Answer>(key: string, check: () => Promise<Answer>) => Promise<Answer>

/**
 * As many checks run at once as may still fail, so that parallel guesses can't all pass the same look. Whoever comes
 * then waits for those to end, and is not rejected: all of them may know the password.
 */
function createFailureLimit (points: number, windowMs: number): FailureLimit {
  if (points === 0) return (_key, check) => check()
  // The window of a key begins with its first failure, and later ones do not move it.
  const failures = createBoundedCache<number>(MAX_COUNTS, { ttl: windowMs, noUpdateTTL: true })
  const underWay = new Map<string, Checks>()

  async function enter (key: string): Promise<Checks> {
    for (;;) {
      const failed = failures.get(key) ?? 0
      const checks = underWay.get(key) ?? { running: 0, waiting: [] }
      if (failed >= points) {
        wake(checks, checks.waiting.length)
        const retryAfterSeconds = Math.max(1, Math.ceil(failures.getRemainingTTL(key) / 1_000))
        throw Object.assign(new RateLimited(), { retryAfterSeconds })
      }
      underWay.set(key, checks)
      if (failed + checks.running < points) {
        checks.running++
        return checks
      }
      await new Promise<void>((resolve) => { checks.waiting.push(resolve) })
    }
  }

  /**
   * A success lets one more check run. A failure lets none, but may have been the last one that those who wait had to
   * wait for.
   */
  function leave (key: string, checks: Checks, failed: boolean): void {
    checks.running--
    wake(checks, failed ? checks.waiting.length : 1)
    if (checks.running === 0 && checks.waiting.length === 0) underWay.delete(key)
  }

  return async (key, check) => {
    const checks = await enter(key)
    let failed = false
    try {
      const answer = await check()
      failed = answer === null || answer === false
      // Counted before another check may run: in between it would be neither.
      if (failed) failures.set(key, (failures.get(key) ?? 0) + 1)
      return answer
    } finally {
      leave(key, checks, failed)
    }
  }
}

function wake ({ waiting }: Checks, count: number): void {
  for (const resume of waiting.splice(0, count)) resume()
}

/** Everything that is no address counts as one address: else each made-up one would be another. */
function addressKey (request: FastifyRequest): string {
  return networkOf(normalizeAddress(request.ip) ?? '')
}
