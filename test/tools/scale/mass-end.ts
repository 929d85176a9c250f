/** A hundred thousand sessions ended by filter, while other people work: one report, and nobody else suffers. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import type { RevocationReport } from '../../../src/protocol.ts'
import { openDatabase } from '../../../src/database/database.ts'
import { createQueries } from '../../../src/session/store/store.ts'
import { PASSWORD } from '../../helpers/app.ts'
import type { TestDatabase } from '../../helpers/database.ts'
import { ask, logIn, type Device } from '../../helpers/device.ts'
import { startNodes } from '../../helpers/nodes.ts'
import { fill } from './rows.ts'
import { ms, note, percentile, say } from './report.ts'

const NODES = 3
const USERS = 30
const BEFORE_MS = 15_000
const REQUEST_EVERY_MS = 5
const LEASE_MS = 4_000
const LOOK_EVERY_MS = 20
const TOUCHED = 10_000

export async function measureMassEnd (t: Test, rows: number): Promise<void> {
  const crowd = rows / 10
  const { nodes, database } = await startNodes(t, NODES, { options: { login: { failuresPerMinute: 0 } } })
  const addresses = nodes.map(({ address }) => address)
  await fill(database, { count: crowd, clientId: 'crowd' })
  await fill(database, { count: crowd, clientId: 'others' })
  await database.query('analyze')
  const users: Device[] = []
  for (let user = 0; user < USERS; user++) users.push(await logIn(addresses[user % NODES] as string, `user-${user}@example.com`))
  const { body: { token } } = await ask<{ token: string }>(addresses[0] as string, 'POST', '/api/auth/login', { body: { email: 'admin@example.com', password: PASSWORD } })
  const end = async <Body>(body: unknown): Promise<{ status: number, body: Body }> => await ask<Body>(addresses[0] as string, 'POST', '/api/admin/sessions/revoke', { token, body })

  const deadlocks = async (): Promise<unknown> => await database.query('select deadlocks from pg_stat_database where datname = current_database()')
  const deadlocksBefore = await deadlocks()
  const dry = await end<{ count: number }>({ filter: { clientId: 'crowd' }, dryRun: true })
  t.match(dry, { status: 200, body: { dryRun: true, count: crowd } })
  t.match(await database.query('select count(*)::int as n from live_session where revoked_at is not null'), [{ n: 0 }], 'the dry run touched nothing')

  const stamps = watchStamps(database)
  const touching = startTouching(database)
  const traffic = startTraffic(users, addresses)
  await delay(BEFORE_MS)
  const [begin, batchesBefore] = [performance.now(), touching.batches()]
  say('the end of the crowd begins')
  const { status, body } = await end<RevocationReport>({ filter: { clientId: 'crowd' } })
  const took = performance.now() - begin
  await delay(2_000)
  const requests = await traffic.stop()
  await touching.stop()
  const longestSilence = await stamps.stop()

  t.match({ status, body }, { status: 200, body: { count: crowd, confirmed: true, nodes: { acknowledged: NODES, lapsed: 0 } } })
  t.ok(note({ what: `${crowd.toLocaleString('en')} sessions ended by filter over ${NODES} nodes`, measured: `one report, confirmed, in ${(took / 1_000).toFixed(1)} s`, target: 'one report, confirmed', met: status === 200 && body.count === crowd && body.confirmed }))
  t.ok(note({ what: 'longest time between two stamps of a node meanwhile', measured: ms(longestSilence), target: `< T, ${LEASE_MS} ms`, met: longestSilence < LEASE_MS }))
  const [calm, busy] = [requests.filter(({ at }) => at < begin), requests.filter(({ at }) => at >= begin && at < begin + took)].map((some) => some.map(({ ms }) => ms)) as [number[], number[]]
  const [p99, p99During] = [percentile(calm, 0.99), percentile(busy, 0.99)]
  t.ok(note({ what: `requests of other users, 99th percentile (${busy.length} meanwhile, median ${ms(percentile(calm, 0.5))} → ${ms(percentile(busy, 0.5))})`, measured: `${ms(p99)} → ${ms(p99During)}`, target: 'within 2×', met: p99During <= 2 * p99 }))
  t.same(requests.filter(({ status }) => status !== 200), [], 'every request of the others was answered 200')
  const after = await deadlocks()
  t.ok(note({ what: `activity batches of ${TOUCHED.toLocaleString('en')} of the same sessions meanwhile: deadlocks`, measured: `${JSON.stringify(after) === JSON.stringify(deadlocksBefore) ? 0 : JSON.stringify(after)} in ${touching.batches() - batchesBefore} batches`, target: '0', met: JSON.stringify(after) === JSON.stringify(deadlocksBefore) && touching.batches() > batchesBefore }))
  const again = await end<RevocationReport>({ filter: { clientId: 'crowd' } })
  t.match(again, { status: 200, body: { count: 0, confirmed: true } })
}

/** Requests of these users, round and round over all nodes, at a steady pace. */
function startTraffic (users: readonly Device[], addresses: readonly string[]) {
  const requests: Array<{ at: number, ms: number, status: number }> = []
  const running = new Set<Promise<void>>()
  let index = 0
  const timer = setInterval(() => {
    const at = performance.now()
    const user = users[index % users.length] as Device
    const done = user.ask('GET', '/api/me', { at: addresses[index++ % addresses.length] as string }).then(({ status }) => {
      requests.push({ at, ms: performance.now() - at, status })
    }).finally(() => { running.delete(done) })
    running.add(done)
  }, REQUEST_EVERY_MS)
  return {
    async stop () {
      clearInterval(timer)
      await Promise.all(running)
      return requests
    }
  }
}

/** Looks at the nodes' rows all the time; how long the quietest one's stamp stood still. */
function watchStamps ({ query }: TestDatabase) {
  const seen = new Map<string, { stamp: string, since: number }>()
  let longest = 0
  const going = { on: true }
  const watching = (async () => {
    while (going.on) {
      const rows = await query<{ incarnation: string, stamp: string }>('select incarnation, stamp from live_session_node')
      const now = performance.now()
      for (const { incarnation, stamp } of rows) {
        const before = seen.get(incarnation)
        if (before !== undefined) longest = Math.max(longest, now - before.since)
        if (before?.stamp !== stamp) seen.set(incarnation, { stamp, since: now })
      }
      await delay(LOOK_EVERY_MS)
    }
  })()
  return {
    async stop () {
      going.on = false
      await watching
      return longest
    }
  }
}

/** Activity batches of sessions that are about to end, one after the other. */
function startTouching (test: TestDatabase) {
  const going = { on: true }
  let batches = 0
  const touching = (async () => {
    const database = await openDatabase({ database: { url: test.url, pool: { min: 0, max: 1 } }, queryTimeoutMs: 60_000 })
    const store = createQueries(database.sql, { schema: undefined, idleAllowanceMs: 86_400_000 })
    const ids = (await test.query<{ id: string }>("select id from live_session where client_id = 'crowd' order by md5(id::text) limit $1", [TOUCHED])).map(({ id }) => id)
    while (going.on) {
      await store.touch(ids.map((id) => ({ id, agoMs: 0, ip: null })))
      batches++
      await delay(1_000)
    }
    await database.close()
  })()
  return {
    batches: () => batches,
    async stop () {
      going.on = false
      await touching
    }
  }
}
