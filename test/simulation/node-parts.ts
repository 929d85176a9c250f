/** The product's own parts of one node, introduced to each other as plugins/core.ts does it, over a simulated machine, database and bus. */
import type { Renewal } from '../../src/revocation/renewal.ts'
import type { Confirmed } from '../../src/revocation/confirmation.ts'
import type { EndedSession } from '../../src/session/ended-session.ts'
import { EPOCH } from './database.ts'
import type { Judge, Wait } from './judge.ts'
import type { Machine } from './machine.ts'
import type { MessageBus } from './message-bus.ts'
import type { NodesTable, SimulatedRenewed } from './nodes-table.ts'
import type { Protocol } from './protocol.ts'
import type { SessionsTable } from './sessions-table.ts'
import type { World } from './world.ts'

export interface NodeSettings {
  leaseMs: number
  renewalMs: number
  idleTimeoutMs: number
  activityIntervalMs: number
  /** An open socket counts as activity. */
  socketsCount: boolean
  maxSessions: number
  maxReads: number
}

export interface NodeOptions {
  world: World
  machine: Machine
  protocol: Protocol
  nodes: NodesTable
  sessions: SessionsTable
  bus: MessageBus
  judge: Judge
  users: ReadonlyMap<string, string>
  /** True time of a session's absolute end, in ms. */
  endOf: (session: string) => number
  settings: NodeSettings
}

export type NodeParts = ReturnType<typeof createNodeParts>

const START_AGAIN_MS = 500
export const SOCKET_LIMITS = { heartbeatMs: 25_000, maxFramesPerTenSeconds: 50 }

export function createNodeParts ({ world, machine, protocol, nodes, sessions, bus: messageBus, judge, users, endOf, settings }: NodeOptions) {
  const { clock } = machine
  const databaseClock = protocol.createDatabaseClock(clock)
  const sessionClock = { ...clock, now: databaseClock.now }
  const onError = (): void => {}
  const graceMs = protocol.graceOf(settings.leaseMs)
  const store = sessions.of(machine)
  const registry = nodes.of(machine)
  const bus = messageBus.join(machine)
  const notified = protocol.createNotifiedCounts()
  let started = false
  let reads = 0
  /** The confirmation that is beginning in this very step. */
  let beginning: Wait | null = null
  let last: SimulatedRenewed | null = null

  const activity = protocol.createActivity({ write: store.touch, intervalMs: settings.activityIntervalMs, clock, onError })
  const sockets = protocol.createSocketRegistry({
    clock: sessionClock,
    onReceipt: () => {},
    life: settings.socketsCount
      ? protocol.keepActive({ activity, clock, everyMs: Math.min(SOCKET_LIMITS.heartbeatMs, settings.idleTimeoutMs / 3) })
      : protocol.watchIdle({ clock: sessionClock, allowanceMs: settings.idleTimeoutMs + 2 * settings.activityIntervalMs, find: store.find, endIdle, onError })
  })
  const gate = protocol.createGate({ endsOf: protocol.createEndsOf({ ask: store.endsOf, endIdle }), onError })
  const admission = protocol.createAdmission({
    verifyToken: (token) => {
      const sessionId = token.slice(token.indexOf(' ') + 1)
      return { userId: users.get(sessionId) ?? '', sessionId, issuedAt: EPOCH, expiresAt: EPOCH + endOf(sessionId), claims: {} }
    },
    find (id) {
      reads++
      return store.find(id)
    },
    endIdle,
    leased: () => renewal.leased(),
    clock,
    databaseClock,
    idleTimeoutMs: settings.idleTimeoutMs,
    maxSessions: settings.maxSessions,
    maxReads: settings.maxReads,
    onError
  })

  function apply (ended: readonly EndedSession[]): void {
    admission.end(ended)
    for (const session of ended) notified.add(session.xid, sockets.logout(session))
  }

  async function endIdle (id: string): Promise<boolean> {
    const ended = await store.endIdle(id)
    apply(ended)
    return ended.length > 0
  }

  const renewal: Renewal = new protocol.Renewal({
    registry: {
      ...registry,
      async renew (incarnation, cursor, extend) {
        const renewed = await registry.renew(incarnation, cursor, extend)
        const before = last
        // After a change of the server the node takes a fresh cursor, and checks every socket by itself.
        last = before === null || before.startedAt === renewed.startedAt ? renewed : null
        if (before !== null && last !== null) {
          const look = judge.renewing(machine, { since: before.snapshotAt, until: renewed.snapshotAt })
          world.later(0, () => { if (machine.alive && renewal.incarnation !== null) look() })
        }
        return renewed
      }
    },
    clock,
    databaseClock,
    leaseMs: settings.leaseMs,
    renewalMs: settings.renewalMs,
    graceMs,
    apply,
    changed: (changes) => { sockets.changed(changes.map(({ userId }) => userId)) },
    reset () {
      admission.reset()
      void gate.checkAll(sockets.all())
    },
    onError
  })
  const confirmation = new protocol.Confirmation({
    registry: {
      async others (incarnation, xids) {
        const wait = beginning
        const found = await registry.others(incarnation, xids)
        if (wait !== null) wait.begin = { at: world.now, paused: machine.pausedMs() }
        return found
      }
    },
    renewal,
    bus,
    clock,
    graceMs,
    apply,
    notified,
    onError
  })

  function start (): void {
    renewal.start().then(() => { started = true }, () => { clock.setTimer(start, START_AGAIN_MS) })
  }
  void bus.start({
    wake: (wake) => { confirmation.onWake(wake) },
    ack: (ack) => { confirmation.onAck(ack) },
    resumed: () => { renewal.renew().catch(onError) }
  }).then(start)

  return {
    store,
    bus,
    activity,
    sockets,
    gate,
    admission,
    renewal,
    databaseClock,
    confirmation,
    graceMs,
    onError,
    started: (): boolean => started,
    /** How many rows the admission has asked for. */
    reads: (): number => reads,

    /** Confirms, and notes when PostgreSQL has said who the nodes are: from then on the wait counts. */
    confirm (ended: readonly EndedSession[], seen: readonly string[] | undefined, wait: Wait): Promise<Confirmed> {
      beginning = wait
      const confirmed = confirmation.confirm(ended, seen)
      beginning = null
      return confirmed
    }
  }
}
