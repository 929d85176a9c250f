/** The wrong variants of REVOCATION.md, by name: a change of the product's own source, or of the simulated database. */
import { TABLE_VARIANTS, type TableVariant } from './nodes-table.ts'
import type { Patch } from './protocol.ts'

export interface Mutant {
  /** What is wrong. */
  what: string
  patches: readonly Patch[]
  variant: TableVariant | null
}

const RENEWAL = 'src/revocation/renewal.ts'
const CONFIRMATION = 'src/revocation/confirmation.ts'
const READS = 'src/admission/running-reads.ts'

const patch = (file: string, find: string, replace: string): Patch => ({ file, find, replace })

const SOURCE_CHANGES: Record<string, { what: string, patches: readonly Patch[] }> = {
  lease_without_reading: {
    what: 'the renewal extends the lease but reads no revocations',
    patches: [patch(RENEWAL, 'await this.#applyAll(renewed)', '')]
  },
  own_wall_clock: {
    what: 'the absolute end is decided by the node\'s own wall clock',
    patches: [
      patch('src/admission/admission.ts', 'databaseClock.latest(monotonic) >= record.expiresAt', 'clock.now() >= record.expiresAt'),
      patch('src/admission/admission.ts', 'databaseClock.earliest() >= claims.expiresAt', 'clock.now() >= claims.expiresAt')
    ]
  },
  repeat_at_once: {
    what: 'a repeated revocation answers at once',
    patches: [patch('src/session/ending.ts', 'one ? [] : await stored(() => store.unappliedEnds(database.sql, selection))', '[]')]
  },
  ack_on_receipt: {
    what: 'a node acks when the wake arrives, before renewing',
    patches: [patch(CONFIRMATION, 'renewal.renew().then(() => {', 'renewal.renew().catch(onError)\n    Promise.resolve().then(() => {')]
  },
  cursor_lost_on_burial: {
    what: 'a buried node starts from a fresh cursor but keeps its cache',
    patches: [
      patch(RENEWAL, 'registry.register(incarnation, this.#cursor, this.#older)', 'registry.register(incarnation, null, null)'),
      patch(RENEWAL, '      this.#options.reset()\n      this.#incarnation = null', '      this.#incarnation = null')
    ]
  },
  lease_from_reply: {
    what: 'the lease is counted from the reply',
    patches: [
      patch(RENEWAL, 'begin.monotonic + leaseMs', 'clock.monotonic() + leaseMs'),
      patch(RENEWAL, 'begin.wall + leaseMs', 'clock.now() + leaseMs')
    ]
  },
  timer_fence: {
    what: 'the lease is a flag that a timer clears',
    patches: [
      patch(RENEWAL, '  #closed = false\n', '  #closed = false\n  #flag = false\n'),
      patch(RENEWAL, '  leased (', '  leased () { return this.#flag }\n\n  unused ('),
      patch(RENEWAL, '    this.#bury(renewed, begin.monotonic)\n', `    this.#flag = true
    const until = this.#leaseUntil
    clock.setTimer(() => { if (this.#leaseUntil <= until) this.#flag = false }, until - clock.monotonic())
    this.#bury(renewed, begin.monotonic)
`),
      patch(RENEWAL, '    this.#leaseUntil = -Infinity\n', '    this.#leaseUntil = -Infinity\n    this.#flag = false\n')
    ]
  },
  fill_race: {
    what: 'Apply does not mark running reads',
    patches: [patch('src/admission/admission.ts', 'reads.end(id, reason)', '')]
  },
  ack_by_running_renewal: {
    what: 'a wake that arrives during a renewal is acked by that renewal',
    patches: [patch(RENEWAL, 'for (const { done } of waiting) done()', 'for (const { done } of [...waiting, ...this.#waiting.splice(0)]) done()')]
  },
  cold_read_cached: {
    what: 'a read begun without a lease is cached',
    patches: [patch(READS, 'ended: null, cacheable, askers: 0', 'ended: null, cacheable: true, askers: 0')]
  },
  join_without_lease: {
    what: 'requests join a running read without a lease',
    patches: [
      patch(READS, 'underLease ? joinable.get(id) : undefined', 'joinable.get(id)'),
      patch(READS, 'if (cacheable) joinable.set(id, read)', 'joinable.set(id, read)'),
      patch(READS, 'joined: running !== undefined', 'joined: false')
    ]
  },
  registry_before_commit: {
    what: 'the registry is read before the commit: the nodes are those of the last renewal',
    patches: [
      patch(CONFIRMATION, 'const nodes = await look()',
        'const nodes = renewal.nodes.flatMap((name) => name === pending.incarnation ? [] : [{ incarnation: name, applied: false }])')
    ]
  },
  skip_silent_row: {
    what: 'a row unchanged for T′ is skipped without having been deleted',
    patches: [
      patch(RENEWAL, '  #closed = false\n', '  #closed = false\n  silent = new Set()\n'),
      patch(RENEWAL, '    for (const { incarnation, stamp } of silent)', '    this.silent = new Set(silent.map((node) => node.incarnation))\n    for (const { incarnation, stamp } of silent)'),
      patch(CONFIRMATION, 'const nodes = await look()', 'const nodes = (await look()).filter((node) => !renewal.silent.has(node.incarnation))'),
      patch(CONFIRMATION, 'wait.begin(others(ack))', 'wait.begin(others(ack).filter((node) => !this.#options.renewal.silent.has(node.incarnation)))')
    ]
  }
}

const DATABASE_VARIANTS: Record<TableVariant, string> = {
  two_statement_renewal: 'revocations and cursor come from two snapshots',
  sequence_cursor: 'cursor by number: `seq > last`',
  bury_unconditionally: 'burying without comparing the stamp',
  registry_in_redis: 'the node registry lives in Redis',
  lease_before_commit: 'the lease is taken before the statement has committed'
}

export const MUTANTS: ReadonlyMap<string, Mutant> = new Map([
  ...Object.entries(SOURCE_CHANGES).map(([name, { what, patches }]): [string, Mutant] => [name, { what, patches, variant: null }]),
  ...TABLE_VARIANTS.map((variant): [string, Mutant] => [variant, { what: DATABASE_VARIANTS[variant], patches: [], variant }])
])
