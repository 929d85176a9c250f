/** One random run: nodes, faults, requests, sockets and revocations, all from one seed. */
import { createCluster, RATE_ERROR, SESSIONS, sessionName, SETTINGS, type Cluster } from './cluster.ts'
import { EPOCH, type Outage } from './database.ts'
import type { SimulatedNode } from './node.ts'
import type { Variant } from './mutants.ts'
import { createRandom, type Random } from './random.ts'
import type { Violation } from './judge.ts'

export interface RunResult {
  violations: Violation[]
  stats: Cluster['judge']['stats'] & { evicted: number }
}

/** Faults happen until here; then all has time to come to rest. In ms. */
const END_MS = 60_000
const REST_MS = 40_000
const HOUR_MS = 3_600_000
/** So many sessions end by themselves. */
const EXPIRING = 3
const CLOCKS = 1_000_000_007

export async function runSeed (seed: number, variant: Variant): Promise<RunResult> {
  const random = createRandom(seed)
  // Of its own, so that a seed's other events are what they were.
  const clocks = createRandom(seed + CLOCKS)
  const cluster = createCluster({
    variant,
    random,
    faults: { late: random.pick([0, 0.02, 0.1]), slow: random.pick([0, 0.02, 0.1]), lost: random.pick([0, 0.01]) },
    outages: outages(random),
    bus: { delivery: random.pick([1, 0.9, 0.5, 0]), late: 1 / 3, doubled: 0.1 },
    page: random.pick([1, 2, 5_000]),
    settings: {
      ...SETTINGS,
      ...random.pick([{}, { idleTimeoutMs: 6_000, activityIntervalMs: 1_000 }]),
      socketsCount: random.chance(0.5),
      maxSessions: random.pick([4, 1_000])
    },
    ends: new Map(Array.from({ length: EXPIRING }, (_, n) => [sessionName(n), clocks.real(5_000, END_MS)]))
  })
  const { world, judge } = cluster
  plan(cluster, random, clocks)
  await world.run(END_MS + REST_MS)
  judge.finish()
  return { violations: judge.violations, stats: { ...judge.stats, evicted: cluster.nodesTable.evicted() } }
}

function outages (random: Random): Outage[] {
  return Array.from({ length: random.pick([0, 1, 1, 2]) }, () => {
    const from = random.real(0, END_MS)
    return { kind: random.pick(['frozen', 'unreachable', 'restarted'] as const), from, until: from + random.pick([500, 2_000, 8_000]) }
  })
}

function plan (cluster: Cluster, random: Random, clocks: Random): void {
  const { world, bus, nodesTable } = cluster
  const anyTime = (): number => random.real(0, END_MS)
  const times = (count: number, task: () => void): void => { for (let n = 0; n < count; n++) world.at(anyTime(), task) }

  function addNode (): void {
    cluster.addNode({
      rate: random.real(1 - RATE_ERROR, 1 + RATE_ERROR),
      offset: { monotonic: random.real(0, 1e9), wall: EPOCH + random.real(-500, 500) + clocks.pick([0, 0, HOUR_MS, -HOUR_MS]) }
    })
  }

  function oneOf (nodes: readonly SimulatedNode[], task: (node: SimulatedNode) => void): void {
    if (nodes.length > 0) task(random.pick(nodes))
  }

  for (let n = random.integer(2, 4); n > 0; n--) addNode()
  times(random.integer(0, 2), addNode)
  if (random.chance(0.5)) {
    times(1, () => {
      const running = cluster.running()
      if (running.length > 1) oneOf(running, (node) => { if (random.chance(0.7)) node.machine.kill(); else node.close() })
    })
  }
  times(random.integer(0, 6), () => { oneOf(cluster.running(), (node) => { node.machine.pause(random.pick([200, 1_000, 3_000, 6_000, 12_000])) }) })
  times(random.integer(0, 3), () => {
    nodesTable.forgetVolatile()
    bus.shake(random.pick([1, 0.9, 0.5, 0]))
  })
  for (let n = 0; n < SESSIONS; n++) planSession(cluster, random, clocks, sessionName(n))
}

/** The life of one session: requests and sockets on all nodes around the moment when it is ended, once or twice, anywhere. */
function planSession ({ world, running, users }: Cluster, random: Random, clocks: Random, session: string): void {
  const endAt = random.real(0, END_MS * 0.7)
  const token = (): string => `${random.chance(0.9) ? 'token' : 'older-token'} ${session}`

  for (let n = 0; n < 90; n++) {
    const at = n < 25 ? endAt * random.real(0, 1) : endAt + random.real(0, n < 60 ? 25_000 : 8_000)
    world.at(at, () => {
      for (const node of running()) if (random.chance(0.8)) node.request(session, token(), random.chance(0.1) ? random.real(0, 3_000) : null)
    })
  }

  for (let n = 0; n < 2; n++) {
    world.at(endAt * clocks.real(0, 1.2), () => { for (const node of running()) if (clocks.chance(0.5)) node.follow(session, token()) })
    world.at(endAt * clocks.real(0, 1.2), () => {
      const nodes = running()
      if (nodes.length > 0) clocks.pick(nodes).rename(session)
    })
  }

  for (let n = 0; n < 6; n++) {
    const own = random.chance(0.5)
    world.at(endAt * random.real(0, 1.2), () => {
      const nodes = running()
      if (nodes.length === 0) return
      random.pick(nodes).connect({
        session,
        token: token(),
        hooksMs: random.chance(0.7) ? random.real(0, 20) : random.real(0, 5_000),
        silent: random.chance(0.2),
        own,
        onOpen (socket) {
          if (own) return
          for (let k = 0; k < 12; k++) world.later(random.real(0, k < 4 ? 500 : END_MS / 2), () => { socket.send(() => ({ readAt: world.now })) })
        }
      })
    })
  }

  for (let n = random.pick([1, 1, 2]); n > 0; n--) {
    world.at(endAt + random.pick([0, random.real(0, 2_000)]), () => {
      const nodes = running()
      if (nodes.length === 0) return
      const userId = users.get(session) as string
      const all = random.chance(0.15)
      const concerned = all ? [...users].flatMap(([id, owner]) => owner === userId ? [id] : []) : [session]
      random.pick(nodes).revoke(all ? { userId } : { ids: [session] }, concerned, n === 1 || random.chance(0.8))
    })
  }
}
