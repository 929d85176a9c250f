/** A world with its database, its bus, its judge and its nodes: what a random run and a schedule are both made of. */
import type { NodeSettings } from '../../../src/node.ts'
import { createDatabase, type Course, type Outage } from './database.ts'
import { createJudge } from './judge.ts'
import { createMachine } from './machine.ts'
import { createMessageBus } from './message-bus.ts'
import { createNode, type SimulatedNode } from './node.ts'
import type { Variant } from './mutants.ts'
import { createNodesTable } from './nodes-table.ts'
import type { Random } from './random.ts'
import { createSessionsTable } from './sessions-table.ts'
import { createWorld } from './world.ts'

export interface ClusterOptions {
  variant: Variant
  random: Random
  /** Parts, from 0 to 1: of the database's messages that are late, its statements that are slow, its replies that get lost. */
  faults: { late: number, slow: number, lost: number }
  outages: readonly Outage[]
  course?: (kind: string, machine: string) => Course | undefined
  bus: { delivery: number, late: number, doubled: number }
  /** Ended sessions a renewal reads in one statement. */
  page: number
  settings: NodeSettings
  /** True times at which sessions end by themselves, in ms; those that are left out live for long. */
  ends?: ReadonlyMap<string, number>
}

export type Cluster = ReturnType<typeof createCluster>

export const SESSIONS = 12
const USERS = 4
const LONG_MS = 30 * 86_400_000
/** As REVOCATION.md has it: how wrong a clock's rate may be. */
export const RATE_ERROR = 0.1

export const SETTINGS: NodeSettings = {
  leaseMs: 4_000,
  renewalMs: 1_000,
  idleTimeoutMs: 86_400_000,
  activityIntervalMs: 10_000,
  heartbeatMs: 25_000,
  socketsCount: true,
  maxSessions: 1_000,
  maxReads: 1_000
}

export const sessionName = (number: number): string => `session-${String(number).padStart(2, '0')}`

export function createCluster ({ variant, random, faults, outages, course, bus: busFaults, page, settings, ends = new Map() }: ClusterOptions) {
  const world = createWorld()
  const endOf = (session: string): number => ends.get(session) ?? LONG_MS
  const judge = createJudge({ world, isIdle: (id) => sessions.isIdle(id), endOf, longestLeaseMs: settings.leaseMs / (1 - RATE_ERROR) })
  const database = createDatabase({ world, random, ...faults, outages, ...(course === undefined ? {} : { course }) })
  const users = new Map(Array.from({ length: SESSIONS }, (_, index) => [sessionName(index), `user-${index % USERS}`]))
  // The renewal's connection gives up after the length of a lease, as in plugins/core.ts.
  const nodesTable = createNodesTable({ world, database, variant: variant.table, page, timeoutMs: settings.leaseMs })
  const sessions = createSessionsTable({
    world,
    database,
    nodes: nodesTable,
    users,
    endOf,
    idleAllowanceMs: settings.idleTimeoutMs + 2 * settings.activityIntervalMs,
    onEnd: judge.ended,
    onRename: judge.renamed
  })
  const bus = createMessageBus({ world, random, ...busFaults })
  const nodes: SimulatedNode[] = []

  return {
    world,
    judge,
    bus,
    nodesTable,
    users,
    nodes,
    running: (): SimulatedNode[] => nodes.filter((node) => node.running),

    addNode (clock: { rate: number, offset: { monotonic: number, wall: number } }): SimulatedNode {
      const machine = createMachine({ name: `node-${nodes.length + 1}`, world, ...clock })
      const node = createNode({ world, machine, variant, nodes: nodesTable, sessions, bus, judge, users, endOf, settings })
      nodes.push(node)
      return node
    }
  }
}
