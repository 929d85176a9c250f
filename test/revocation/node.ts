/** A node without its HTTP side: renewal, confirmation and the use cases over a real database, its clock in the test's hand. */
import type { Test } from 'tap'
import type { Clock } from '../../src/clock.ts'
import type { Bus } from '../../src/revocation/bus.ts'
import { Confirmation } from '../../src/revocation/confirmation.ts'
import { createDatabaseClock } from '../../src/revocation/database-clock.ts'
import { createInProcessHub } from '../../src/revocation/in-process-bus.ts'
import { graceOf } from '../../src/revocation/lease.ts'
import { createNodeRegistry, type NodeRegistry } from '../../src/revocation/node-registry.ts'
import { createNotifiedCounts, type NotifiedCounts } from '../../src/revocation/notified-counts.ts'
import { Renewal } from '../../src/revocation/renewal.ts'
import { createConfirmedEnds } from '../../src/session/confirmed-ends.ts'
import { createEnding } from '../../src/session/ending.ts'
import { createLogin } from '../../src/session/login.ts'
import { createSessionEmitter } from '../../src/session/session-events.ts'
import { createSessionManager, type SessionManager } from '../../src/session/session-manager.ts'
import { createStored } from '../../src/session/stored.ts'
import { createUserQueue } from '../../src/session/user-queue.ts'
import type { EndedSession } from '../../src/session/ended-session.ts'
import type { Sql } from '../../src/sql.ts'
import { HOUR, type Rows } from '../session/rows.ts'
import { createManualClock, type ManualClock } from './manual-clock.ts'

export const LEASE_MS = 4_000
export const RENEWAL_MS = 1_000
export const GRACE_MS = graceOf(LEASE_MS)

export interface TestNode {
  clock: ManualClock
  registry: NodeRegistry
  renewal: Renewal
  confirmation: Confirmation
  manager: SessionManager
  bus: Bus
  notified: NotifiedCounts
  /** Everything that was applied, in order, each time. */
  applied: EndedSession[]
  changed: string[]
  resets: () => number
  errors: unknown[]
  /** Lets the time of one renewal pass: one that extends the lease and stamps the row, where a wake only reads. */
  tick: () => Promise<void>
}

export interface NodeOptions {
  /** Nodes of one hub hear each other; a node without one hears nobody. */
  hub?: { join: () => Bus }
  clock?: ManualClock
  page?: number
  /** Stands between the renewal's statements and the database. */
  wrapSql?: (sql: Sql) => Sql
  /** Stands between the protocol and the nodes' table. */
  wrap?: (registry: NodeRegistry) => NodeRegistry
  /** Whether to register and renew once. @default true */
  start?: boolean
}

/** Renews when it is woken, when the test calls `renewal.renew()`, and when the test advances its clock. */
export async function startNode (t: Test, { sql, database, store }: Rows, options: NodeOptions = {}): Promise<TestNode> {
  const { hub = createInProcessHub(), clock = createManualClock(), page, wrapSql = (same) => same, wrap = (same) => same, start = true } = options
  const errors: unknown[] = []
  const onError = (error: unknown): void => { errors.push(error) }
  const registry = wrap(createNodeRegistry({ renewal: wrapSql(sql), sql, schema: undefined, ...(page === undefined ? {} : { page }) }))
  const bus = hub.join()
  const notified = createNotifiedCounts()
  const applied: EndedSession[] = []
  const changed: string[] = []
  let resets = 0
  const apply = (ended: readonly EndedSession[]): void => { applied.push(...ended) }
  const shared: { registry: NodeRegistry, clock: Clock, graceMs: number, apply: typeof apply, onError: typeof onError } = { registry, clock, graceMs: GRACE_MS, apply, onError }
  const renewal = new Renewal({
    ...shared, databaseClock: createDatabaseClock(clock), leaseMs: LEASE_MS, renewalMs: RENEWAL_MS, changed: (changes) => { changed.push(...changes.map(({ userId }) => userId)) }, reset: () => { resets++ }
  })
  const confirmation = new Confirmation({ ...shared, renewal, bus, notified })
  const stored = createStored(onError)
  const ending = createEnding({ database, store, stored, confirm: (ended, seen) => confirmation.confirm(ended, seen), renew: () => renewal.renew() })
  const shape = { database, store, stored, ending, changed: () => {}, refresh: () => {}, now: clock.now, idleTimeoutMs: HOUR }
  const login = createLogin({
    ...shape,
    rulesOf: async () => ({ preventConcurrentLogin: 'disabled', limit: null, whenFull: 'deny', replaceSameDevice: false }),
    awaitEvictions: true,
    signToken: ({ session_id: id }) => `token of ${id}`,
    events: createSessionEmitter(onError),
    absoluteTimeoutMs: 24 * HOUR,
    clock,
    maxWaitMs: HOUR,
    onError
  })
  const manager = createSessionManager({ ...shape, login, lists: createUserQueue({ clock, maxWaitMs: HOUR }), confirmedEnds: createConfirmedEnds(clock), retentionMs: HOUR })
  t.teardown(async () => {
    confirmation.close()
    await bus.close()
    await renewal.close()
  })
  await bus.start({ wake: (wake) => { confirmation.onWake(wake) }, ack: (ack) => { confirmation.onAck(ack) }, resumed: () => {} })
  if (start) await renewal.start()
  const tick = async (): Promise<void> => {
    clock.advance(RENEWAL_MS)
    await renewal.renew()
  }
  return { clock, registry, renewal, confirmation, manager, bus, notified, applied, changed, resets: () => resets, errors, tick }
}
