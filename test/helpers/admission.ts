/** An admission whose rows, clock and lease are in the test's hand. Tokens are `session/owner/expiry/issued`, the last two in ms or left out, and always authentic. */
import { createAdmission, type Admission } from '../../src/admission/admission.ts'
import { Rejection, type AdmissionResult } from '../../src/admission/admission-result.ts'
import { createRunningReads } from '../../src/admission/running-reads.ts'
import { TokenInvalid } from '../../src/errors.ts'
import type { SessionRow } from '../../src/session-row.ts'
import { createManualClock, type ManualClock } from './manual-clock.ts'

export const MINUTE = 60_000
export const IDLE_MS = 30 * MINUTE

export interface Read {
  id: string
  reply: (row: SessionRow | null) => void
  fail: (error: Error) => void
}

export interface Door {
  clock: ManualClock
  admission: Admission
  lease: { held: boolean }
  /** Reads that wait for their reply; take them with `shift`. */
  reads: Read[]
  /** How many reads there have been. */
  count: () => number
  /** The row as it is now: alive unless changed. */
  row: (id: string, change?: Partial<SessionRow>) => SessionRow
  /** What ending an idle session will say. */
  idle: { ends: boolean, asked: string[] }
  errors: unknown[]
  /** Admits with a read that is answered at once. */
  admitted: (token: string, change?: Partial<SessionRow>) => Promise<AdmissionResult>
}

export function openDoor ({ maxSessions = 1_000, maxReads = 1_000 } = {}): Door {
  const clock = createManualClock()
  const lease = { held: true }
  const reads: Read[] = []
  const idle: Door['idle'] = { ends: true, asked: [] }
  const errors: unknown[] = []
  let count = 0
  const running = createRunningReads({
    find: async (id) => {
      count++
      return await new Promise<SessionRow | null>((resolve, reject) => { reads.push({ id, reply: resolve, fail: reject }) })
    },
    leased: () => lease.held,
    max: maxReads
  })
  const admission = createAdmission({
    verifyToken (token) {
      const [sessionId, userId, expiry = '', issued = clock.now()] = token.split('/')
      if (sessionId === undefined || userId === undefined) throw new TokenInvalid()
      const expiresAt = expiry === '' ? clock.now() + 24 * 60 * MINUTE : Number(expiry)
      return { userId, sessionId, issuedAt: Number(issued), expiresAt, claims: {} }
    },
    reads: running,
    endIdle: async (id) => {
      idle.asked.push(id)
      return idle.ends
    },
    leased: () => lease.held,
    clock,
    databaseClock: { earliest: clock.now, latest: clock.now },
    idleTimeoutMs: IDLE_MS,
    maxSessions,
    onError: (error) => { errors.push(error) }
  })
  const row: Door['row'] = (id, change = {}) => ({
    id,
    userId: 'anna',
    clientId: null,
    deviceName: 'd',
    deviceType: 'unknown',
    browserName: null,
    browserVersion: null,
    osName: null,
    osVersion: null,
    deviceVendor: null,
    deviceModel: null,
    ipAddress: null,
    location: null,
    createdAt: clock.now(),
    lastActivityAt: clock.now(),
    expiresAt: clock.now() + 24 * 60 * MINUTE,
    timedOut: null,
    revokedAt: null,
    revokedReason: null,
    revokedBy: null,
    revokedByDevice: null,
    fullExpiresAt: null,
    logoutDeliveredAt: null,
    ...change
  })
  return {
    clock,
    admission,
    lease,
    reads,
    count: () => count,
    row,
    idle,
    errors,
    async admitted (token, change) {
      const result = admission.admit(token)
      reads.shift()?.reply(row(token.split('/')[0] ?? '', change))
      return await result
    }
  }
}

/** The result in one word: `in`, or the code (and reason) of the rejection. */
export function said (result: AdmissionResult): string {
  if (!(result instanceof Rejection)) return 'in'
  return [result.error.code, result.error.reason].filter((part) => part !== undefined).join(' ')
}
