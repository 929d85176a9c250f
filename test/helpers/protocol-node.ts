/** The product's node without its HTTP side, and the use cases, over a real database; its clock in the test's hand. */
import { WHOLE_ADDRESSES } from '../../src/address.ts'
import { createAskApp } from '../../src/app/callbacks.ts'
import { createAssess } from '../../src/notices/assess.ts'
import { NOWHERE } from '../../src/notices/places-record.ts'
import type { Test } from 'tap'
import { TokenInvalid } from '../../src/errors.ts'
import { createNode, PARTS, type Node } from '../../src/node.ts'
import type { Bus } from '../../src/revocation/bus.ts'
import { createInProcessHub } from '../../src/revocation/in-process-bus.ts'
import { graceOf } from '../../src/revocation/lease.ts'
import { createNodeRegistry, type NodeRegistry } from '../../src/revocation/node-registry.ts'
import { createSessionEmitter } from '../../src/session/session-events.ts'
import type { SessionManager } from '../../src/session/session-manager.ts'
import { createQueries } from '../../src/session/store/store.ts'
import { createUseCases } from '../../src/session/use-cases.ts'
import type { EndedSession } from '../../src/session/ended-session.ts'
import type { Sql } from '../../src/database/sql.ts'
import { HOUR, type Rows } from './session-rows.ts'
import { createManualClock, type ManualClock } from './manual-clock.ts'

export const LEASE_MS = 4_000
export const RENEWAL_MS = 1_000
export const GRACE_MS = graceOf(LEASE_MS)

export interface TestNode {
  clock: ManualClock
  registry: NodeRegistry
  lease: Node['lease']
  renewal: Node['renewal']
  confirmation: Node['confirmation']
  manager: SessionManager
  bus: Bus
  notified: Node['notified']
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
export async function startNode (t: Test, { sql, store }: Rows, options: NodeOptions = {}): Promise<TestNode> {
  const { hub = createInProcessHub(), clock = createManualClock(), page, wrapSql = (same) => same, wrap = (same) => same, start = true } = options
  const errors: unknown[] = []
  const onError = (error: unknown): void => { errors.push(error) }
  const registry = wrap(createNodeRegistry({ renewal: wrapSql(sql), sql, schema: undefined, ...(page === undefined ? {} : { page }) }))
  const bus = hub.join()
  const applied: EndedSession[] = []
  const changed: string[] = []
  let resets = 0
  const node = createNode({
    clock,
    store: createQueries(sql, { schema: undefined, idleAllowanceMs: HOUR }),
    registry,
    bus,
    verifyToken () { throw new TokenInvalid() },
    events: createSessionEmitter(onError),
    settings: { leaseMs: LEASE_MS, renewalMs: RENEWAL_MS, idleTimeoutMs: HOUR, activityIntervalMs: HOUR, heartbeatMs: HOUR, socketsCount: true, maxSessions: 1_000, maxReads: 1_000 },
    onRenewed: () => {},
    onRenewalError: onError,
    onError
  }, {
    ...PARTS,
    ends (parts, ended) {
      applied.push(...ended)
      PARTS.ends(parts, ended)
    },
    changes (parts, changes) {
      changed.push(...changes.map(({ userId }) => userId))
      PARTS.changes(parts, changes)
    },
    reset (parts) {
      resets++
      PARTS.reset(parts)
    }
  })
  const { lease, renewal, confirmation, notified } = node
  const { manager } = createUseCases({
    ...node.forUseCases,
    store,
    rulesOf: async () => ({ preventConcurrentLogin: 'disabled', limit: null, whenFull: 'deny', replaceSameDevice: false }),
    addressRule: WHOLE_ADDRESSES,
    assess: createAssess({ places: { of: () => NOWHERE }, addressRule: WHOLE_ADDRESSES, risk: null, noticed: false, knownDevicesMs: HOUR, absoluteTimeoutMs: HOUR, idleTimeoutMs: HOUR, askApp: createAskApp(onError), clock }),
    awaitEvictions: true,
    signToken: ({ session_id: id }) => `token of ${id}`,
    changed: () => {},
    events: createSessionEmitter(onError),
    now: clock.now,
    clock,
    closing: () => false,
    absoluteTimeoutMs: 24 * HOUR,
    idleTimeoutMs: HOUR,
    inactiveMs: HOUR,
    retentionMs: HOUR,
    queryTimeoutMs: HOUR,
    onError
  })
  t.teardown(async () => {
    node.stop()
    await node.close()
  })
  await (start ? node.start() : node.listen())
  const tick = async (): Promise<void> => {
    clock.advance(RENEWAL_MS)
    await renewal.renew()
  }
  return { clock, registry, lease, renewal, confirmation, manager, bus, notified, applied, changed, resets: () => resets, errors, tick }
}
