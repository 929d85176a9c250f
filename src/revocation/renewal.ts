/**
 * The renewal: how a node learns of what others have ended. It reads what ended since its cursor, and extends the lease
 * when that is due. Long, because what it may meet is one state: an eviction, another server, the end of the node.
 */
import { randomUUID } from 'node:crypto'
import { settledWithin } from '../async/settled-within.ts'
import type { Clock, Timer } from '../clock.ts'
import { inChunks } from '../async/chunks.ts'
import type { EndedSession } from '../session/ended-session.ts'
import type { DatabaseClock } from './database-clock.ts'
import type { Lease } from './lease.ts'
import type { NodeRegistry, Renewed, SessionChange } from './node-registry.ts'
import { createStaleNodes, type StaleNodes } from './stale-nodes.ts'

export interface RenewalOptions {
  registry: NodeRegistry
  clock: Clock
  /** Is told what time each renewal read. */
  databaseClock: Pick<DatabaseClock, 'read'>
  /** Is extended by each renewal that is due, from when it began. */
  lease: Lease
  /** How often to renew, in ms. */
  renewalMs: number
  /** How long to wait until a stale node's lease is over for certain, in ms: T′. */
  graceMs: number
  /** What ended takes effect on this node. Idempotent. */
  apply: (ended: readonly EndedSession[]) => void
  /** Logins, new names. A hint. */
  changed: (changes: readonly SessionChange[]) => void
  /**
   * Something may have ended that no renewal tells, because the database changed, or because this node had no row and
   * nobody kept the ended rows for it: nothing that is held in memory counts any more, and every open socket is to be
   * asked for.
   */
  reset: () => void
  onError: (error: unknown) => void
}

/** How many wakes wait for one renewal; more are dropped, which only costs their senders time. */
const MAX_WAITING = 10_000
/** How long the end of a node waits for PostgreSQL, each time, in ms. */
const SHUTDOWN_TIMEOUT_MS = 1_000

/** One per node. It renews by itself from `start` on, and whenever it is asked (`renew`). */
export class Renewal {
  readonly #options: RenewalOptions
  readonly #staleNodes: StaleNodes
  #incarnation: string | null = null
  /** The name that it had before the database changed: nobody has to wait for that. */
  #older: string | null = null
  #cursor: string | null = null
  #nodes: readonly string[] = []
  #startedAt: number | null = null
  #running: Promise<void> | null = null
  /** What waits for a renewal that begins later than now. */
  #waiting: Array<{ done: () => void, failed: (error: unknown) => void }> = []
  #timer: Timer | null = null
  /** The time has come to extend the lease. */
  #due = true
  #closed = false

  constructor (options: RenewalOptions) {
    this.#options = options
    this.#staleNodes = createStaleNodes(options.graceMs)
  }

  /** This node's name among the nodes; null while it has none. */
  get incarnation (): string | null {
    return this.#incarnation
  }

  /** The snapshot up to which this node has applied everything; null before the first registration. */
  get cursor (): string | null {
    return this.#cursor
  }

  /** All nodes, this one included, as the latest renewal read them. */
  get nodes (): readonly string[] {
    return this.#nodes
  }

  /** Registers this node and renews once; from then on every `renewalMs`. The bus must be listening already. */
  async start (): Promise<void> {
    await this.renew()
    this.#tick()
  }

  /**
   * Renews now, or once more after the renewal that is running; resolves when one that began after this call has
   * completed.
   */
  renew (): Promise<void> {
    if (this.#closed) return Promise.reject(closing())
    if (this.#waiting.length >= MAX_WAITING) return Promise.reject(new Error('too many renewals asked for'))
    return new Promise<void>((resolve, reject) => {
      this.#waiting.push({ done: resolve, failed: reject })
      this.#run()
    })
  }

  /** Stops answering from memory, then deletes the own row: nobody has to wait for this node. */
  async close (): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    this.#options.lease.end()
    await settledWithin(this.#options.clock, SHUTDOWN_TIMEOUT_MS, this.#running)
    for (const { failed } of this.#waiting.splice(0)) failed(closing())
    const incarnation = this.#incarnation
    this.#incarnation = null
    if (incarnation !== null) {
      await settledWithin(
        this.#options.clock,
        SHUTDOWN_TIMEOUT_MS,
        this.#options.registry.leave(incarnation).catch(this.#options.onError)
      )
    }
  }

  #tick (): void {
    if (this.#closed) return
    this.#timer = this.#options.clock.setTimer(() => {
      this.#tick()
      this.#due = true
      this.#run()
    }, this.#options.renewalMs)
  }

  /** Strictly one at a time: what is asked meanwhile gets another one after it. */
  #run (): void {
    if (this.#running !== null || this.#closed) return
    this.#running = this.#renewOnce().finally(() => {
      this.#running = null
      if (this.#waiting.length > 0) this.#run()
    })
  }

  async #renewOnce (): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = []
    try {
      let complete = false
      while (!complete) complete = await this.#attempt()
    } catch (error) {
      this.#options.onError(error)
      for (const { failed } of waiting) failed(error)
      return
    }
    for (const { done } of waiting) done()
  }

  /** One registration, if needed, and one statement. False: this node had been evicted, and needs both again. */
  async #attempt (): Promise<boolean> {
    const { registry, clock, databaseClock, lease } = this.#options
    const incarnation = this.#incarnation ?? await this.#register()
    // Woken, it only reads, which costs no commit: the lease is extended when that is due, or there is none.
    const extend = this.#due || !lease.held()
    this.#due = false
    const begin = { monotonic: clock.monotonic(), wall: clock.now() }
    const renewed = await registry.renew(incarnation, this.#cursor as string, extend)
    databaseClock.read(renewed.time, begin.monotonic, clock.monotonic())
    if (this.#closed) throw closing()
    if (this.#databaseChanged(renewed)) return false
    this.#startedAt = renewed.startedAt
    await this.#applyAll(renewed)
    if (this.#closed) throw closing()
    this.#options.changed(renewed.changes)
    this.#cursor = renewed.cursor
    this.#nodes = Object.keys(renewed.stamps)
    if (!renewed.registered) {
      // All that ended since the cursor has just been applied, but for rows that are gone: those nobody kept for a node
      // without a row.
      lease.end()
      this.#options.reset()
      this.#incarnation = null
      return false
    }
    if (extend) lease.extend(begin)
    this.#evictStale(renewed, begin.monotonic)
    return true
  }

  async #applyAll ({ ended, rest }: Renewed): Promise<void> {
    await inChunks(ended, this.#options.apply)
    if (rest === undefined) return
    for await (const page of rest) await inChunks(page, this.#options.apply)
  }

  /** A fresh incarnation; the cursor is kept, or else begins with the insert's own snapshot. */
  async #register (): Promise<string> {
    const incarnation = randomUUID()
    const again = this.#cursor === null && this.#startedAt !== null
    const { registry, onError } = this.#options
    this.#cursor = await registry.register(incarnation, this.#cursor, this.#older)
    this.#older = null
    if (this.#closed) {
      registry.leave(incarnation).catch(onError)
      throw closing()
    }
    this.#incarnation = incarnation
    // Not before: whatever ends until the cursor is taken, no renewal will tell.
    if (again) this.#options.reset()
    return incarnation
  }

  #databaseChanged ({ behind, startedAt }: Renewed): boolean {
    if (!behind && (this.#startedAt === null || this.#startedAt === startedAt)) return false
    this.#options.lease.end()
    this.#startedAt = startedAt
    this.#older = this.#incarnation
    this.#incarnation = null
    this.#cursor = null
    return true
  }

  #evictStale ({ stamps }: Renewed, begin: number): void {
    const stale = this.#staleNodes.observe(stamps, {
      own: this.#incarnation,
      begin,
      end: this.#options.clock.monotonic()
    })
    const { registry, onError } = this.#options
    for (const { incarnation, stamp } of stale) registry.evict(incarnation, stamp).catch(onError)
  }
}

function closing (): Error {
  return new Error('the node is closing')
}
