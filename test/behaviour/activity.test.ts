/** Last activity: gathered in memory, written in batches and on close, forward only; a request by itself writes nothing. */
import t from 'tap'
import type { TestDatabase } from '../helpers/database.ts'
import { logIn } from '../helpers/device.ts'
import { startNodes } from '../helpers/nodes.ts'
import { until } from '../helpers/cluster.ts'

const REQUESTS = 50
const NEVER_MS = 600_000

/** A row's version: PostgreSQL's own number of the transaction that wrote it. */
interface Written { id: string, at: number, version: string }

async function writtenIn (database: TestDatabase): Promise<Written[]> {
  return await database.query<{ id: string, at: number, version: string }>(
    'select id, extract(epoch from last_activity_at)::float8 * 1000 as at, xmin::text as version from live_session order by id')
}

/** Row versions that updates have made; known for certain once every connection of the nodes is gone. */
async function updatesIn (database: TestDatabase): Promise<number> {
  await until(async () => await database.query('select 1 from pg_stat_activity where datname = current_database() and application_name like \'live-sessions%\''),
    (connections) => connections.length === 0)
  const [counted] = await database.query<{ n: string }>('select n_tup_upd as n from pg_stat_user_tables where relname = \'live_session\'')
  return Number(counted?.n)
}

t.test('50 requests of 5 sessions write nothing; SIGTERM writes them all, in one statement with one update a session', async (t) => {
  const { nodes: [node], database } = await startNodes(t, 1, { options: { activityIntervalMs: NEVER_MS } })
  const devices = await Promise.all(Array.from({ length: 5 }, () => logIn(node.address)))
  const before = await writtenIn(database)
  for (let request = 0; request < REQUESTS; request++) {
    const answer = await devices[request % devices.length]?.ask('GET', '/api/me')
    if (answer?.status !== 200) t.fail(`a request was answered ${answer?.status}`)
  }
  t.same(await writtenIn(database), before, 'admission has written nothing')

  t.equal((await node.end('SIGTERM')).code, 0)
  const after = await writtenIn(database)
  t.ok(after.every(({ at }, index) => at > (before[index] as Written).at), 'the activity of every session has moved')
  t.equal(new Set(after.map(({ version }) => version)).size, 1, 'one transaction wrote them all')
  t.equal(await updatesIn(database), devices.length, 'each session was updated once, whatever the number of requests')
})

t.test('activity shows in the list after one batch interval, without anybody ending anything', async (t) => {
  const { nodes: [a, b], database } = await startNodes(t, 2, { options: { activityIntervalMs: 100 } })
  const [phone, laptop] = [await logIn(a.address), await logIn(b.address)]
  const seenAt = async (): Promise<string> => {
    const { body } = await laptop.ask<Array<{ id: string, lastActivityAt: string }>>('GET', '/api/sessions')
    return body.find(({ id }) => id === phone.id)?.lastActivityAt ?? ''
  }
  const before = await seenAt()
  await phone.ask('GET', '/api/me')
  t.ok(await until(seenAt, (at) => at > before) > before, 'the other node shows it too')
  const [row] = await database.query('select addresses from live_session where id = $1', [phone.id])
  t.match(row, { addresses: [{ ip: '127.0.0.1' }] })
})

t.test('activity only moves forward: an older batch of another node does not take it back', async (t) => {
  const { nodes: [a, b], database } = await startNodes(t, 2, { options: { activityIntervalMs: NEVER_MS } })
  const phone = await logIn(a.address)
  await phone.ask('GET', '/api/me', { at: a.address })
  await phone.ask('GET', '/api/me', { at: b.address })
  await b.end('SIGTERM')
  const later = await writtenIn(database)
  await a.end('SIGTERM')
  t.same(await writtenIn(database), later)
})

t.test('a batch never touches a session that has ended', async (t) => {
  const { nodes: [a], database } = await startNodes(t, 1, { options: { activityIntervalMs: NEVER_MS } })
  const phone = await logIn(a.address)
  await phone.ask('GET', '/api/me')
  await database.query('update live_session set revoked_at = now() where id = $1', [phone.id])
  const ended = await writtenIn(database)
  t.equal((await a.end('SIGTERM')).code, 0)
  t.same(await writtenIn(database), ended)
})
