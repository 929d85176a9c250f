/** The product's own node over a simulated machine, database and bus. */
import type { NodeSettings } from '../../../src/node.ts'
import type { Confirmed } from '../../../src/revocation/confirmation.ts'
import type { EndedSession } from '../../../src/session/ended-session.ts'
import { createSessionEmitter } from '../../../src/session/session-events.ts'
import { EPOCH } from './database.ts'
import type { Judge, Wait } from './judge.ts'
import type { Machine } from './machine.ts'
import type { MessageBus } from './message-bus.ts'
import type { Variant } from './mutants.ts'
import type { NodesTable, SimulatedRenewed } from './nodes-table.ts'
import type { SessionsTable } from './sessions-table.ts'
import type { World } from './world.ts'

export interface NodeOptions {
  world: World
  machine: Machine
  variant: Variant
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
export const SOCKET_LIMITS = { maxFramesPerTenSeconds: 50 }

export function createNodeParts ({ world, machine, nodes, sessions, bus: messageBus, judge, users, endOf, settings, variant }: NodeOptions) {
  const { clock } = machine
  const onError = (): void => {}
  const store = variant.store(sessions.of(machine))
  const registry = nodes.of(machine)
  const bus = messageBus.join(machine)
  let started = false
  let reads = 0
  /** The confirmation that is beginning in this very step. */
  let beginning: Wait | null = null
  let last: SimulatedRenewed | null = null

  const node = variant.node({
    clock,
    store: {
      ...store,
      find (id) {
        reads++
        return store.find(id)
      },
      // Nobody judges receipts.
      markDelivered: async () => {}
    },
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
      },
      async others (incarnation, xids) {
        const wait = beginning
        const found = await registry.others(incarnation, xids)
        if (wait !== null) wait.begin = { at: world.now, paused: machine.pausedMs() }
        return found
      }
    },
    bus,
    verifyToken: (token) => {
      const sessionId = token.slice(token.indexOf(' ') + 1)
      return { userId: users.get(sessionId) ?? '', sessionId, issuedAt: EPOCH, expiresAt: EPOCH + endOf(sessionId), claims: {} }
    },
    events: createSessionEmitter(onError),
    settings,
    onRenewed: () => {},
    onRenewalError: onError,
    onError
  })
  const { renewal, confirmation } = node

  function start (): void {
    renewal.start().then(() => { started = true }, () => { clock.setTimer(start, START_AGAIN_MS) })
  }
  void node.listen().then(start)

  return {
    ...node,
    store,
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
