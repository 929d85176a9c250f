/** May this token pass, now? From memory while the lease holds; else the row is asked. */
import { createBoundedCache } from '../bounded-cache.ts'
import type { Clock } from '../clock.ts'
import { sessionEnded, StoreUnavailable, storeUnavailable, TokenInvalid, type SessionError } from '../errors.ts'
import type { EndReason } from '../protocol.ts'
import type { DatabaseClock } from '../revocation/database-clock.ts'
import { endOf } from '../session-row.ts'
import type { EndedSession } from '../session/ended-session.ts'
import { Rejection, type AdmissionResult } from './admission-result.ts'
import type { ReadResult, RunningReads } from './running-reads.ts'
import { createSessionCache } from './session-cache.ts'
import { SessionRecord, type TokenClaims } from './session-record.ts'
import { createSharedDevices } from './shared-devices.ts'

export interface AdmissionOptions {
  /** Checks signature, issuer, audience and shape. Throws SESSION_TOKEN_INVALID. */
  verifyToken: (token: string) => TokenClaims
  reads: RunningReads
  /** Ends a session that is idle, durably; false when it turned out to be active. */
  endIdle: (id: string) => Promise<boolean>
  /** By this reading of the monotonic clock, or by a new one. */
  leased: (monotonic?: number) => boolean
  clock: Clock
  /** What times of rows and tokens are compared with. */
  databaseClock: Pick<DatabaseClock, 'earliest' | 'latest'>
  idleTimeoutMs: number
  /** Sessions held in memory; 0 asks the row each time. */
  maxSessions: number
  onError: (error: unknown) => void
}

/** Ended sessions that are remembered. */
const MAX_TOMBSTONES = 10_000
/** Sessions that are not there, while authentic tokens name them: how many are remembered, and for how long, in ms. */
const MAX_MISSING = 10_000
const MISSING_MS = 60_000
/**
 * A token is signed in the transaction that makes its session, which may be an app's own: a younger one may yet be
 * committed. In ms.
 */
const LONGEST_TRANSACTION_MS = 600_000

export type Admission = ReturnType<typeof createAdmission>

/**
 * One per node. It keeps what it admits, and is told of ends (`end`), of changes (`refresh`), and, by `reset`, of a
 * database that was restarted or replaced, and of this node's own eviction.
 */
export function createAdmission (
  { verifyToken, reads, endIdle, leased, clock, databaseClock, idleTimeoutMs, maxSessions, onError }: AdmissionOptions
) {
  const cache = createSessionCache(Math.max(1, maxSessions))
  const deviceOf = createSharedDevices()
  /** An end is final: whoever comes again and again with its token is not worth a query each time. */
  const tombstones = createBoundedCache<Pick<EndedSession, 'reason' | 'byDevice'>>(MAX_TOMBSTONES)
  const missing = createBoundedCache<true>(MAX_MISSING, {
    ttl: MISSING_MS,
    ttlResolution: 0,
    perf: { now: clock.monotonic }
  })

  /**
   * A record in memory passes when nothing speaks against it, and counts as active from now on. Memory never decides
   * that a session is idle: then the row is asked.
   */
  function passesFromMemory (record: SessionRecord): boolean {
    const monotonic = clock.monotonic()
    if (
      record.ended !== null || databaseClock.latest(monotonic) >= record.expiresAt ||
      monotonic - record.activeAt >= idleTimeoutMs || !leased(monotonic)
    ) return false
    record.activeAt = monotonic
    return true
  }

  async function admitFromRow (token: string): Promise<AdmissionResult> {
    let claims: TokenClaims
    try {
      claims = verifyToken(token)
    } catch (error) {
      return new Rejection(error as SessionError)
    }
    if (databaseClock.earliest() >= claims.expiresAt) return new Rejection(sessionEnded('expired'))
    const known = tombstones.get(claims.sessionId)
    if (known !== undefined) return rejectEnded(known.reason, claims)
    if (missing.has(claims.sessionId)) return new Rejection(sessionEnded('policy'))
    try {
      for (let first = true; ; first = false) {
        if (reads.full()) return new Rejection(new StoreUnavailable())
        const found = await reads.read(claims.sessionId, (read) => {
          return first && isLate(claims, read) ? 'late' : decide(token, claims, read)
        })
        if (typeof found === 'object') return found
        if (found === 'idle' && await endIdle(claims.sessionId)) return rejectEnded('idle_timeout', claims)
      }
    } catch (error) {
      onError(error)
      return new Rejection(storeUnavailable(error))
    }
  }

  /**
   * A read that had begun before this request came may have seen the session alive, and the request may have come after
   * its end.
   */
  function isLate (claims: TokenClaims, { row, joined }: ReadResult): boolean {
    return joined && databaseClock.latest() >= Math.min(claims.expiresAt, row?.expiresAt ?? Infinity)
  }

  /** Synchronous, so that nothing can end the session between looking at the row and keeping it. */
  function decide (
    token: string,
    claims: TokenClaims,
    { row, endedMeanwhile, cacheable }: ReadResult
  ): AdmissionResult | 'idle' {
    if (row === null) {
      if (cacheable && databaseClock.earliest() - claims.issuedAt > LONGEST_TRANSACTION_MS) {
        missing.set(claims.sessionId, true)
      }
      return new Rejection(sessionEnded('policy'))
    }
    if (row.userId !== claims.userId) return new Rejection(new TokenInvalid())
    const reason = endedMeanwhile ?? endOf(row)
    if (reason === 'idle_timeout' && row.revokedAt === null) return 'idle'
    if (reason !== null) {
      if (row.revokedAt !== null) tombstones.set(row.id, { reason, byDevice: row.revokedByDevice })
      return rejectEnded(reason, claims)
    }
    const known = cache.find(token)
    if (cacheable && known !== undefined) {
      known.activeAt = clock.monotonic()
      return known
    }
    const record = new SessionRecord(token, claims, row, deviceOf(row), clock.monotonic())
    if (cacheable && maxSessions > 0) cache.keep(record)
    return record
  }

  function rejectEnded (
    reason: EndReason, { sessionId, userId }: Pick<TokenClaims, 'sessionId' | 'userId'>
  ): Rejection {
    return new Rejection(sessionEnded(reason, tombstones.get(sessionId)?.byDevice), { id: sessionId, userId })
  }

  return {
    /** The session's record, or why not. At once when memory may answer; else a promise. Never throws. */
    admit (token: string): AdmissionResult | Promise<AdmissionResult> {
      const record = cache.find(token)
      if (record !== undefined && passesFromMemory(record)) return record
      if (record !== undefined && record.ended === null && clock.monotonic() - record.activeAt >= idleTimeoutMs) {
        cache.drop(record)
      }
      return admitFromRow(token)
    },

    /** A second look at an admitted session, later in its request. */
    stillAdmitted (record: SessionRecord): AdmissionResult | Promise<AdmissionResult> {
      if (record.ended !== null) {
        return rejectEnded(record.ended, { sessionId: record.id, userId: record.userId })
      }
      if (record.cached && passesFromMemory(record)) return record
      return admitFromRow(record.token)
    },

    /** These sessions have ended. */
    end (sessions: ReadonlyArray<Pick<EndedSession, 'id' | 'reason'> & Partial<EndedSession>>): void {
      for (const { id, reason, byDevice = null } of sessions) {
        cache.end(id, reason)
        reads.end(id, reason)
        tombstones.set(id, { reason, byDevice })
      }
    },

    /** This session's row has changed, but for its end: the next request reads it. */
    refresh (id: string): void {
      cache.forget(id)
      reads.forget(id)
    },

    /** This session was just created: a request with its token may have come before the commit. */
    opened (id: string): void {
      missing.delete(id)
      reads.forget(id)
    },

    /** Forget everything: the database is not the one it was. */
    reset (): void {
      cache.clear()
      reads.reset()
      tombstones.clear()
      missing.clear()
    },

    size: cache.size
  }
}
