/**
 * The confirmation: after the commit, wake every node and wait until none can still accept what has ended. Long,
 * because both sides of it are here: who asks, and who answers.
 */
import { randomUUID } from 'node:crypto'
import type { Clock, Timer } from '../clock.ts'
import { RevocationUnconfirmed } from '../errors.ts'
import type { EndedSession } from '../session/ended-session.ts'
import { MAX_ACK_NODES, MAX_XIDS, type Ack, type Bus, type Wake } from './bus.ts'
import type { NodeRegistry } from './node-registry.ts'
import { createNodeWait, type NodeState, type NodeWait } from './node-wait.ts'
import type { NotifiedCounts } from './notified-counts.ts'
import type { Renewal } from './renewal.ts'

export interface ConfirmationOptions {
  registry: Pick<NodeRegistry, 'others'>
  renewal: Pick<Renewal, 'incarnation' | 'nodes' | 'renew'>
  bus: Bus
  clock: Clock
  /** T′, in ms: by then every lease is over whose node had not seen the commit. */
  graceMs: number
  /** The same place that the renewal applies to. */
  apply: (ended: readonly EndedSession[]) => void
  notified: NotifiedCounts
  onError: (error: unknown) => void
}

/** What a confirmation resolves with. */
export interface Confirmed {
  /** ms from the commit to the last node's answer. */
  waitedMs: number
  /** Nodes that said so, this one included. */
  acknowledged: number
  /** Nodes that did not, and are gone, or were silent for T′. */
  lapsed: number
  /** Sockets that were sent a `logout`, as far as known. */
  notified: number
}

/** Where all is well the first ack has come by then, in ms; else PostgreSQL is asked who the nodes are. */
const ACKED_WITHIN_MS = 10
/** How often PostgreSQL is asked what the others have applied: this is how it works without Redis. In ms. */
const LOOK_EVERY_MS = 250

interface Pending {
  incarnation: string
  wait: NodeWait
  /** A doubled ack counts once. */
  answered: Set<string>
  /** Sockets that the other nodes notified. */
  notified: number
  /** Looks whether the wait is over. */
  progress: () => void
  fail: (error: Error) => void
}

/** One per node: it asks the others (`confirm`), and answers them (`onWake`, `onAck`). */
export class Confirmation {
  readonly #options: ConfirmationOptions
  /** By nonce. */
  readonly #pending = new Map<string, Pending>()
  #closed = false

  constructor (options: ConfirmationOptions) {
    this.#options = options
  }

  /**
   * Resolves when no node accepts these sessions any more, and every node that answers from memory has seen these
   * further transactions. To be called after their commit; goes on when the caller hangs up. Rejects with
   * `SESSION_REVOCATION_UNCONFIRMED` when PostgreSQL can't say who the nodes are, or this node shuts down.
   */
  async confirm (ended: readonly EndedSession[], seen: readonly string[] = []): Promise<Confirmed> {
    const { registry, renewal, bus, clock, notified } = this.#options
    const begin = clock.monotonic()
    const xids = [...new Set([...ended.map((session) => session.xid), ...seen])]
    const incarnation = renewal.incarnation
    const nonce = randomUUID()
    // The others are on the critical path, so they are woken first: whoever acks has renewed after the commit in any
    // case.
    if (incarnation !== null && !this.#closed) {
      bus.sendWake({ nonce, from: incarnation, replyTo: bus.address, xids: xids.slice(0, MAX_XIDS) })
    }
    this.#options.apply(ended)
    if (this.#closed) throw new RevocationUnconfirmed()
    const pending: Pending = {
      incarnation: incarnation ?? '',
      wait: createNodeWait(),
      answered: new Set(),
      notified: 0,
      progress: () => {},
      fail: () => {}
    }
    const closing = new Promise<never>((_resolve, reject) => {
      pending.fail = reject
    })
    closing.catch(() => {})
    this.#pending.set(nonce, pending)
    try {
      const look = (): ReturnType<NodeRegistry['others']> => registry.others(incarnation, xids)
      await Promise.race([this.#begin(pending, look), closing])
      await Promise.race([this.#settled(pending, look), closing])
      return {
        waitedMs: Math.round(clock.monotonic() - begin),
        ...pending.wait.outcome(),
        notified: notified.of(xids) + pending.notified
      }
    } finally {
      this.#pending.delete(nonce)
    }
  }

  /** Another node asks: renew, then say so. */
  onWake (wake: Wake): void {
    const { renewal, bus, notified, onError } = this.#options
    if (wake.from === renewal.incarnation) return
    renewal.renew().then(() => {
      if (renewal.incarnation === null) return
      const nodes = renewal.nodes.length <= MAX_ACK_NODES ? [...renewal.nodes] : []
      bus.sendAck(wake.replyTo, {
        nonce: wake.nonce,
        to: wake.from,
        from: renewal.incarnation,
        notified: notified.of(wake.xids),
        nodes
      })
      // what goes wrong with a renewal it reports itself
    }, () => {}).catch(onError)
  }

  /** Another node has renewed. */
  onAck (ack: Ack): void {
    const pending = this.#pending.get(ack.nonce)
    if (pending === undefined || pending.incarnation !== ack.to) return
    if (pending.answered.has(ack.from)) return
    pending.answered.add(ack.from)
    pending.notified += ack.notified
    if (!pending.wait.started() && ack.nodes.length > 0) pending.wait.start(others(ack))
    pending.wait.acknowledge(ack.from)
    pending.progress()
  }

  /** Whoever still waits is told that it could not be confirmed. */
  close (): void {
    this.#closed = true
    for (const { fail } of this.#pending.values()) fail(new RevocationUnconfirmed())
  }

  /**
   * Which nodes there are: the first ack says it, as its node has just read it; when none comes soon, PostgreSQL is
   * asked.
   */
  async #begin (pending: Pending, look: () => ReturnType<NodeRegistry['others']>): Promise<void> {
    const { renewal, bus, clock } = this.#options
    const { wait } = pending
    if (pending.incarnation !== '' && renewal.nodes.length > 1 && bus.healthy()) {
      await new Promise<void>((resolve) => {
        const timer = clock.setTimer(resolve, ACKED_WITHIN_MS)
        pending.progress = () => {
          if (!wait.started()) return
          timer.cancel()
          resolve()
        }
      })
    }
    if (wait.started()) return
    try {
      const nodes = await look()
      if (wait.started()) wait.update(nodes)
      else wait.start(nodes)
    } catch (cause) {
      if (!wait.started()) throw Object.assign(new RevocationUnconfirmed(), { cause })
    }
  }

  /**
   * Until all nodes are done, or T′ is over. Counted from when the nodes were known, which was read after the commit.
   */
  async #settled (pending: Pending, look: () => ReturnType<NodeRegistry['others']>): Promise<void> {
    const { wait } = pending
    if (wait.done()) return
    const { clock, graceMs, onError } = this.#options
    const timers = new Set<Timer>()
    let over = false
    try {
      await new Promise<void>((resolve) => {
        pending.progress = () => { if (wait.done()) resolve() }
        timers.add(clock.setTimer(() => {
          wait.expire()
          resolve()
        }, graceMs))
        const lookAgain = (): void => {
          const timer = clock.setTimer(() => {
            timers.delete(timer)
            look().then((nodes) => { wait.update(nodes) }, onError).finally(() => {
              pending.progress()
              if (!over) lookAgain()
            })
          }, LOOK_EVERY_MS)
          timers.add(timer)
        }
        lookAgain()
      })
    } finally {
      over = true
      pending.progress = () => {}
      for (const timer of timers) timer.cancel()
    }
  }
}

function others ({ nodes, to }: Ack): NodeState[] {
  return nodes.filter((incarnation) => incarnation !== to).map((incarnation) => ({ incarnation, applied: false }))
}
