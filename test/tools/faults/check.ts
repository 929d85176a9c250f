/** The checker: reads the merged history of one fault, and the database as it is afterwards, against the guarantees. */
import type { Control } from './control.ts'
import type { History, Impairment } from './history.ts'
import type { World } from './world.ts'

export interface Verdict {
  /** Guarded requests that were answered with 200, each compared with its session's end. */
  admissions: number
  /** Those refused with 401. */
  refusals: number
  /** Those answered with 503, or not at all. */
  unanswered: number
  /** Calls that ended sessions. */
  revocations: number
  /** Sessions that were over afterwards. */
  ended: number
  sockets: number
  /** In ms, over the revocations that were answered with 200; null when there were none. */
  p50: number | null
  p99: number | null
  /** One line each; empty when every promise was kept. */
  violations: string[]
}

/** A revocation is a commit and a reading, and what the other nodes read: so many times the database's own time. */
const STATEMENTS = 4
/** So long after the end of a fault its consequences are excused, beside what the machine may add. */
const HEALING_MS = 1_500
/** A commit that takes so long, in ms, shows a machine that is too busy for everybody: 503 is an honest answer then. */
const BUSY_MS = 500
const BUSY_AROUND_MS = 5_000
/** The database's commit time is read with a clock of another kind. */
const COMMIT_CLOCK_MS = 100

export async function check (history: History, world: World, control: Control): Promise<Verdict> {
  const { requests, revocations, sessions, sockets, impairments } = history
  const { allowanceMs } = world.timing
  const violations = [...history.found, ...history.crashes.map((why) => `crash: ${why}`)]
  const report = (promise: string, what: string): void => { violations.push(`${promise}: ${what}`) }

  /** By session: when its first 200 had come, and when the first call that might end it was sent. */
  const answered = new Float64Array(sessions.length).fill(Infinity)
  const attempted = new Float64Array(sessions.length).fill(Infinity)
  for (const { sessions: over, sentAt, answeredAt, status } of revocations) {
    for (const { index } of over) {
      attempted[index] = Math.min(attempted[index] as number, sentAt)
      if (status === 200) answered[index] = Math.min(answered[index] as number, answeredAt)
    }
  }

  const rows = await readRows(world)
  const offset = performance.now() - Date.now()
  const committed = new Float64Array(sessions.length).fill(Infinity)
  let ended = 0
  for (const { id, index } of sessions) {
    const row = rows.get(id)
    if (row?.committedAt !== undefined) {
      ended++
      committed[index] = row.committedAt + offset
      if (row.events !== 1) report('G12', `${row.events} events for the end of ${id}`)
      if (attempted[index] === Infinity) report('others', `${id} was ended by nobody`)
    } else if (answered[index] !== Infinity) {
      report('G3', `${id} was answered with 200, and its row is alive`)
    }
  }

  let admissions = 0
  let refusals = 0
  let unanswered = 0
  for (const [at, session] of requests.session.entries()) {
    const node = requests.node[at] as number
    const status = requests.status[at] as number
    const sentAt = requests.sentAt[at] as number
    const answeredAt = requests.answeredAt[at] as number
    if (status === 200) {
      admissions++
      const receivedAt = receivedAfter(impairments, node, sentAt)
      if (receivedAt > (answered[session] as number)) {
        report('G1', `node ${node} admitted ${sessions[session]?.id ?? ''} ${(receivedAt - (answered[session] as number)).toFixed(1)} ms after the 200 of its end`)
      } else if (receivedAt > (committed[session] as number) + world.graceMs + COMMIT_CLOCK_MS) {
        report('G4', `node ${node} admitted ${sessions[session]?.id ?? ''} ${(receivedAt - (committed[session] as number)).toFixed()} ms after the commit of its end`)
      }
    } else if (status === 401) {
      refusals++
      if ((attempted[session] as number) > answeredAt) report('others', `node ${node} refused ${sessions[session]?.id ?? ''}, which nobody had ended`)
    } else {
      unanswered++
      if (!excused(impairments, allowanceMs, node, sentAt, answeredAt) && control.longest(sentAt - BUSY_AROUND_MS, answeredAt) < BUSY_MS) report('G8', `node ${node} answered ${status} without need`)
    }
  }
  if (history.withoutRetryAfter > 0) report('G8', `${history.withoutRetryAfter} answers 503 without Retry-After`)

  const limit = world.graceMs + allowanceMs
  const waits: number[] = []
  for (const { kind, node, sentAt, answeredAt, status } of revocations) {
    const wait = answeredAt - sentAt
    if (status === 200) waits.push(wait)
    if (status === 200 && wait <= limit + STATEMENTS * control.longest(sentAt, answeredAt)) continue
    if (excused(impairments, allowanceMs, node, sentAt, Math.min(answeredAt, sentAt + limit))) continue
    report('G2', `"${kind}" at node ${node} was answered ${status} after ${wait.toFixed()} ms`)
  }

  for (const { session, node, logouts, closedAt, code, welcomeAt } of sockets) {
    const over = answered[session.index] !== Infinity
    if (logouts.length > 1) report('G5', `a socket at node ${node} was sent ${logouts.length} logouts`)
    if (over && closedAt === Infinity) report('G5', `a socket of ${session.id} at node ${node} is still open (welcome ${(welcomeAt - (answered[session.index] as number)).toFixed()} ms from the 200)`)
    if (attempted[session.index] === Infinity && (logouts.length > 0 || code === 4401)) report('G5', `a socket of ${session.id} was logged out, and nobody had ended it`)
  }

  waits.sort((a, b) => a - b)
  return {
    admissions,
    refusals,
    unanswered,
    revocations: revocations.length,
    ended,
    sockets: sockets.length,
    p50: waits[Math.floor(waits.length * 0.5)] ?? null,
    p99: waits[Math.floor(waits.length * 0.99)] ?? null,
    violations
  }
}

/** A frozen node received what was sent to it meanwhile when it woke, or later. */
function receivedAfter (impairments: readonly Impairment[], node: number, sentAt: number): number {
  const asleep = impairments.find((one) => one.frozen && one.node === node && one.from <= sentAt && sentAt < one.to)
  return asleep === undefined ? sentAt : asleep.to
}

function excused (impairments: readonly Impairment[], allowanceMs: number, node: number, from: number, to: number): boolean {
  return impairments.some((one) => (one.node === 'all' || one.node === node) && one.from <= to && from <= one.to + HEALING_MS + allowanceMs)
}

/** What ended, when it was committed (ms since 1970), and how many events say so. */
async function readRows ({ pool }: World): Promise<Map<string, { committedAt: number, events: number }>> {
  const { rows } = await pool.query<{ id: string, committedAt: number, events: number }>(`
    select id, extract(epoch from pg_xact_commit_timestamp(revoked_xid::xid))::float8 * 1000 as "committedAt", coalesce(e.events, 0)::int as events
    from live_session s
    left join (select session_id, count(*) as events from live_session_event where type = 'ended' group by session_id) e on e.session_id = s.id
    where revoked_at is not null`)
  return new Map(rows.map((row) => [row.id, row]))
}
