/** What 100,000 sessions cost in memory: real tokens through the real admission, rows as the driver gives them. Needs --expose-gc. */
import { randomUUID } from 'node:crypto'
import Fastify from 'fastify'
import { createAdmission } from '../../../../src/admission/admission.ts'
import { Rejection } from '../../../../src/admission/admission-result.ts'
import { createRunningReads } from '../../../../src/admission/running-reads.ts'
import type { SessionRecord } from '../../../../src/admission/session-record.ts'
import { createSessionViews } from '../../../../src/admission/session-views.ts'
import { systemClock } from '../../../../src/clock.ts'
import { resolveKeys } from '../../../../src/options/keys.ts'
import type { SessionRow } from '../../../../src/session-row.ts'
import { createTokens } from '../../../../plugins/auth/tokens.ts'
import { SECRET } from './subject.ts'

export const SESSIONS = 100_000
export const MEGABYTES_AT_MOST = 100
const MEGABYTE = 1e6
const TOKEN_BYTES_AT_MOST = 400
const HOUR_MS = 3_600_000
const SYSTEMS = ['Windows', 'macOS', 'Linux', 'Android', 'iOS']

export interface Memory {
  megabytes: number
  /** When each of them has also been read as `request.session`. */
  megabytesRead: number
  tokenBytes: number
}

/** What heap, buffers and the like hold after a collection, in bytes. */
function held (): number {
  for (let pass = 0; pass < 3; pass++) globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** A row as it comes from the driver: every text is a string of its own. */
function rowOf (id: string, index: number): SessionRow {
  const now = Date.now()
  const os = SYSTEMS[index % SYSTEMS.length] as string
  return JSON.parse(JSON.stringify({
    id,
    userId: userOf(index),
    clientId: null,
    deviceName: `Chrome on ${os}`,
    deviceType: 'desktop',
    browserName: 'Chrome',
    browserVersion: '140.0.7339.81',
    osName: os,
    osVersion: '10.15.7',
    deviceVendor: null,
    deviceModel: null,
    ipAddress: `192.0.${index % 256}.${index % 251}`,
    location: null,
    createdAt: now,
    lastActivityAt: now,
    expiresAt: now + HOUR_MS,
    timedOut: null,
    revokedAt: null,
    revokedReason: null,
    revokedBy: null,
    fullExpiresAt: null,
    logoutDeliveredAt: null
  })) as SessionRow
}

const userOf = (index: number): string => `user-${index}@example.com`

export async function measureMemory (): Promise<Memory> {
  const { sign, verify } = await createTokens(Fastify(), { keys: resolveKeys(SECRET).tokens, issuer: 'fastify-live-sessions', audience: 'fastify-live-sessions' })
  const indexes = new Map<string, number>()
  const admission = createAdmission({
    verifyToken: verify,
    reads: createRunningReads({ find: async (id) => rowOf(id, indexes.get(id) as number), leased: () => true, max: 1_000 }),
    endIdle: async () => false,
    leased: () => true,
    clock: systemClock,
    databaseClock: { earliest: Date.now, latest: Date.now },
    idleTimeoutMs: HOUR_MS,
    maxSessions: SESSIONS,
    onError: (error) => { throw error }
  })
  const seconds = Math.floor(Date.now() / 1_000)
  let tokenBytes = 0
  const records: SessionRecord[] = []
  const before = held()
  for (let index = 0; index < SESSIONS; index++) {
    const sessionId = randomUUID()
    indexes.set(sessionId, index)
    const token = sign({ sub: userOf(index), session_id: sessionId, iat: seconds, exp: seconds + 3_600, plan: 'enterprise' })
    tokenBytes = Math.max(tokenBytes, token.length)
    // As it comes in: a part of a longer header.
    const header = Buffer.from(`Bearer ${token}`, 'latin1').toString('latin1')
    const result = await admission.admit(header.slice('Bearer '.length))
    if (result instanceof Rejection) throw result.error
    records.push(result)
    indexes.delete(sessionId)
  }
  const megabytes = (held() - before) / MEGABYTE
  const viewOf = createSessionViews(HOUR_MS)
  for (const record of records) viewOf(record)
  const megabytesRead = (held() - before) / MEGABYTE
  if (admission.size() !== SESSIONS) throw new Error(`only ${admission.size()} sessions are held`)
  if (tokenBytes > TOKEN_BYTES_AT_MOST) throw new Error(`a token of ${tokenBytes} bytes`)
  return { megabytes, megabytesRead, tokenBytes }
}

if (import.meta.filename === process.argv[1]) {
  const memory = await measureMemory()
  process.stdout.write(`${JSON.stringify(memory)}\n`)
}
