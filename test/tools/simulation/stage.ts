/** A stage for schedules: two nodes with exact clocks on which every statement takes 3 ms, unless the schedule says otherwise. */
import { createCluster, sessionName, SETTINGS, type Cluster } from './cluster.ts'
import { EPOCH, type Course, type Outage } from './database.ts'
import type { Violation } from './judge.ts'
import type { SimulatedNode } from './node.ts'
import type { Variant } from './mutants.ts'
import { createRandom } from './random.ts'

export interface Stage {
  cluster: Cluster
  /** Node A is there from the begin; it renews at 1006 ms, 2006 ms, … */
  a: SimulatedNode
  /** Adds node B. At 500 ms: it renews at 506 ms, 1506 ms, … */
  addB: (wallOffMs?: number) => SimulatedNode
  at: (ms: number, task: () => void) => void
  /** The next statements of this kind that B sends go like this. */
  hold: (kind: string, course: Course, times?: number) => void
  /** The same for A's. */
  holdAtA: (kind: string, course: Course) => void
  /** Requests of a session to this node, every 20 ms. */
  ask: (node: SimulatedNode, from: number, to: number, session?: string) => void
  /** An app's own socket of the session, on this node at this time; its device sends a frame every 20 ms, from one time to another. */
  frames: (node: SimulatedNode, at: number, from: number, to: number) => void
  revoke: (session?: string) => void
  /** A request of the session whose work goes on at this node. */
  follow: (node: SimulatedNode, at: number) => void
  /** A gives it another name. */
  rename: () => void
}

/** What a schedule says happens. `bus`: whether the messages of the bus arrive, at once, or never. */
export interface Schedule {
  bus: boolean
  /** How long it goes, in ms. */
  until: number
  outages?: readonly Outage[]
  /** When the session ends by itself, in ms. */
  endAt?: number
  /** Which promises its mutant breaks. @default G1 and R8 */
  breaks?: ReadonlyArray<Violation['promise']>
  play: (stage: Stage) => void
}

/** The session that a schedule is about, where it names none. */
const SESSION = sessionName(0)
const AT_ONCE: Course = { request: 1, work: 1, reply: 1, lost: false, rolledBack: false }

export async function runSchedule ({ bus, until, outages = [], endAt, play }: Schedule, variant: Variant): Promise<Violation[]> {
  const held: Array<{ kind: string, machine: string, course: Course, times: number }> = []

  function course (kind: string, machine: string): Course {
    const found = held.find((entry) => entry.kind === kind && entry.machine === machine && entry.times > 0)
    if (found !== undefined) found.times--
    return { ...AT_ONCE, ...found?.course }
  }

  const cluster = createCluster({
    variant,
    random: createRandom(0),
    faults: { late: 0, slow: 0, lost: 0 },
    outages,
    course,
    bus: { delivery: bus ? 1 : 0, late: 0, doubled: 0 },
    page: 5_000,
    settings: SETTINGS,
    ...(endAt === undefined ? {} : { ends: new Map([[SESSION, endAt]]) })
  })
  const { world, judge } = cluster
  const add = (wallOffMs = 0): SimulatedNode => cluster.addNode({ rate: 1, offset: { monotonic: 0, wall: EPOCH + wallOffMs } })
  const a = add()
  play({
    cluster,
    a,
    addB: add,
    at: world.at,
    hold (kind, course, times = 1) { held.push({ kind, machine: 'node-2', course, times }) },
    holdAtA (kind, course) { held.push({ kind, machine: 'node-1', course, times: 1 }) },
    ask (node, from, to, session = SESSION) {
      for (let ms = from; ms < to; ms += 20) world.at(ms, () => { node.request(session, `token ${session}`, null) })
    },
    frames (node, at, from, to) {
      world.at(at, () => {
        node.connect({
          session: SESSION,
          token: `token ${SESSION}`,
          hooksMs: 0,
          silent: false,
          own: false,
          onOpen (socket) {
            for (let ms = from; ms < to; ms += 20) world.at(ms, () => { socket.send(() => ({ readAt: world.now })) })
          }
        })
      })
    },
    follow (node, at) { world.at(at, () => { node.follow(SESSION, `token ${SESSION}`) }) },
    rename () { a.rename(SESSION) },
    revoke (session = SESSION) { a.revoke({ ids: [session] }, [session], true) }
  })
  await world.run(until)
  judge.finish()
  return judge.violations
}
