/**
 * The wrong variants of REVOCATION.md, by name. Each is the product's own node, handed a wrong port or a wrong part, or over a wrong
 * database: nothing here knows the product's text.
 */
import { createNode, PARTS, type Node, type NodePorts, type Parts } from '../../../src/node.ts'
import type { ConfirmationOptions } from '../../../src/revocation/confirmation.ts'
import { TABLE_VARIANTS, type TableVariant } from './nodes-table.ts'
import type { SessionsTable } from './sessions-table.ts'

type Registry = NodePorts['registry']
type Store = ReturnType<SessionsTable['of']>

/** How the nodes are built, and what they are built over. */
export interface Variant {
  /** What is wrong. */
  what: string
  node: (ports: NodePorts) => Node
  /** What the use cases ask of the sessions' table. */
  store: (store: Store) => Store
  table: TableVariant | null
}

export const PRODUCT: Variant = { what: 'nothing', node: (ports) => createNode(ports), store: (same) => same, table: null }

/** What a mutant changes, for each node anew. */
type Change = (ports: NodePorts) => { registry?: Partial<Registry>, parts?: Partial<Parts> }

function changed (what: string, change: Change): Variant {
  return {
    ...PRODUCT,
    what,
    node (ports) {
      const { registry, parts } = change(ports)
      return createNode({ ...ports, registry: { ...ports.registry, ...registry } }, { ...PARTS, ...parts })
    }
  }
}

/** With one of `applyEnds`' parts that does nothing. */
function endsWithout (what: string, mute: Partial<Parameters<Parts['ends']>[0]>): Variant {
  return changed(what, () => ({ parts: { ends: (parts, ended) => { PARTS.ends({ ...parts, ...mute }, ended) } } }))
}

/** The confirmation's renewal, but for how it renews. */
function renewedBy (renewal: ConfirmationOptions['renewal'], renew: () => Promise<void>): ConfirmationOptions['renewal'] {
  return { get incarnation () { return renewal.incarnation }, get nodes () { return renewal.nodes }, renew }
}

const PROTOCOL: Record<string, Variant> = {
  lease_without_reading: changed('the renewal extends the lease but reads no revocations', ({ registry }) => ({
    registry: {
      async renew (...asked) {
        const { rest, ...renewed } = await registry.renew(...asked)
        return { ...renewed, ended: [] }
      }
    }
  })),
  own_wall_clock: changed('the absolute end is decided by the node\'s own wall clock', () => ({
    parts: { databaseClock: (clock) => ({ ...PARTS.databaseClock(clock), now: clock.now, earliest: clock.now, latest: clock.now }) }
  })),
  repeat_at_once: {
    ...PRODUCT,
    what: 'a repeated revocation answers at once',
    store: (store) => ({ ...store, unappliedEnds: async () => [] })
  },
  ack_on_receipt: changed('a node acks when the wake arrives, before renewing', ({ onError }) => ({
    parts: {
      confirmation: ({ renewal, ...options }) => PARTS.confirmation({
        ...options,
        renewal: renewedBy(renewal, async () => { renewal.renew().catch(onError) })
      })
    }
  })),
  cursor_lost_on_burial: changed('a evicted node starts from a fresh cursor but keeps its cache', ({ registry }) => ({
    registry: { register: (incarnation) => registry.register(incarnation, null, null) },
    parts: { reset: () => {} }
  })),
  lease_from_reply: changed('the lease is counted from the reply', ({ registry, clock }) => {
    let tookMs = 0
    return {
      registry: {
        async renew (incarnation, cursor, extend) {
          const begin = clock.monotonic()
          const renewed = await registry.renew(incarnation, cursor, extend)
          if (extend) tookMs = clock.monotonic() - begin
          return renewed
        }
      },
      parts: {
        lease (options) {
          const lease = PARTS.lease(options)
          return {
            ...lease,
            held: (monotonic = clock.monotonic(), wall = clock.now()) => lease.held(monotonic - tookMs, wall - tookMs)
          }
        }
      }
    }
  }),
  timer_fence: changed('the lease is a flag that a timer clears', ({ clock }) => ({
    parts: {
      lease ({ leaseMs }) {
        let flag = false
        let extended = 0
        return {
          held: () => flag,
          extend (begin) {
            flag = true
            const mine = ++extended
            clock.setTimer(() => { if (extended === mine) flag = false }, begin.monotonic + leaseMs - clock.monotonic())
          },
          end () { flag = false }
        }
      }
    }
  })),
  fill_race: changed('the end of a session does not mark running reads', () => ({
    parts: { reads: (options) => ({ ...PARTS.reads(options), end: () => {} }) }
  })),
  ack_by_running_renewal: changed('a wake that arrives during a renewal is acked by that renewal', ({ registry }) => {
    let running: Promise<unknown> | null = null
    return {
      registry: {
        async renew (...asked) {
          const mine = registry.renew(...asked)
          running = mine
          try {
            return await mine
          } finally {
            running = null
          }
        }
      },
      parts: {
        confirmation: ({ renewal, ...options }) => PARTS.confirmation({
          ...options,
          renewal: renewedBy(renewal, async () => { await (running ?? renewal.renew()) })
        })
      }
    }
  }),
  cold_read_cached: changed('a read begun without a lease is cached', () => ({
    parts: {
      reads (options) {
        const reads = PARTS.reads(options)
        return { ...reads, read: (id, decide) => reads.read(id, (result) => decide({ ...result, cacheable: true })) }
      }
    }
  })),
  join_without_lease: changed('requests join a running read without a lease', () => ({
    parts: {
      reads ({ leased, ...options }) {
        const reads = PARTS.reads({ ...options, leased: () => true })
        return {
          ...reads,
          read (id, decide) {
            const cacheable = leased()
            return reads.read(id, (result) => decide({ ...result, joined: false, cacheable: cacheable && result.cacheable }))
          }
        }
      }
    }
  })),
  registry_before_commit: changed('the registry is read before the commit: the nodes are those of the last renewal', ({ registry }) => {
    let nodes: string[] = []
    return {
      registry: {
        async renew (...asked) {
          const renewed = await registry.renew(...asked)
          nodes = Object.keys(renewed.stamps)
          return renewed
        },
        others: async (own) => nodes.filter((name) => name !== own).map((incarnation) => ({ incarnation, applied: false }))
      }
    }
  }),
  skip_silent_row: changed('a row unchanged for T′ is skipped without having been deleted', ({ registry }) => {
    const silent = new Set<string>()
    return {
      registry: {
        async renew (...asked) {
          const renewed = await registry.renew(...asked)
          silent.clear()
          return renewed
        },
        async evict (incarnation, stamp) {
          silent.add(incarnation)
          await registry.evict(incarnation, stamp)
        },
        others: async (...asked) => (await registry.others(...asked)).filter(({ incarnation }) => !silent.has(incarnation))
      }
    }
  })
}

/** Of the wiring: each part is right, and one is not told. */
const WIRING: Record<string, Variant> = {
  ends_without_admission: endsWithout('an end does not reach the memory', { admission: { end: () => {} } }),
  ends_without_sockets: endsWithout('an end does not reach the sockets', { sockets: { logout: () => 0 } }),
  ends_without_signals: endsWithout('an end does not reach the signals', { signals: { end: () => {} } }),
  reset_without_admission: changed('after a reset the memory is as it was', () => ({
    parts: { reset: (parts) => { PARTS.reset({ ...parts, admission: { reset: () => {} } }) } }
  })),
  reset_without_sockets: changed('after a reset no socket is asked for', () => ({
    parts: { reset: (parts) => { PARTS.reset({ ...parts, recheck: { checkAll: async () => {} } }) } }
  })),
  reset_without_signals: changed('after a reset no signal is asked for', () => ({
    parts: { reset: (parts) => { PARTS.reset({ ...parts, signals: { checkAll: async () => {} } }) } }
  })),
  changes_without_refresh: changed('a new name does not reach the memory', () => ({
    parts: { changes: (parts, changes) => { PARTS.changes({ ...parts, admission: { ...parts.admission, refresh: () => {} } }, changes) } }
  }))
}

const DATABASE: Record<TableVariant, string> = {
  two_statement_renewal: 'revocations and cursor come from two snapshots',
  sequence_cursor: 'cursor by number: `seq > last`',
  evict_unconditionally: 'burying without comparing the stamp',
  registry_in_redis: 'the node registry lives in Redis',
  lease_before_commit: 'the lease is taken before the statement has committed'
}

export const MUTANTS: ReadonlyMap<string, Variant> = new Map([
  ...Object.entries(PROTOCOL),
  ...Object.entries(WIRING),
  ...TABLE_VARIANTS.map((table): [string, Variant] => [table, { ...PRODUCT, what: DATABASE[table], table }])
])
