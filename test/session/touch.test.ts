/** Activity in batches: one statement, forward only, never in what has ended, and never in anybody's way. */
import t from 'tap'
import type { Sql } from '../../src/database/sql.ts'
import { createQueries } from '../../src/session/store/store.ts'
import { BY_USER, connectTo, HOUR, lockAwaited, openRows } from '../helpers/session-rows.ts'

const MINUTE = 60_000

const rows = await openRows(t)
t.beforeEach(rows.empty)

t.test('activity moves forward and never back', async (t) => {
  const { store, insert } = rows
  const { id, lastActivityAt } = await insert('anna', { activeAgoMs: 10 * MINUTE })
  await store.touch([{ id, agoMs: 5 * MINUTE, ip: null }])
  const forward = (await store.find(id))?.lastActivityAt ?? 0
  t.ok(Math.abs(forward - (lastActivityAt - 5 * MINUTE)) < MINUTE, 'five minutes ago now')
  await store.touch([{ id, agoMs: 8 * MINUTE, ip: '203.0.113.1' }])
  t.match(await store.find(id), { lastActivityAt: forward, ipAddress: '192.0.2.1' }, 'an older one changes nothing, not even the address')
})

t.test('activity revives neither an ended nor an idle nor an expired session', async (t) => {
  const { store, insert, endOne, test } = rows
  const [ended, idle, expired] = [await insert(), await insert('anna', { activeAgoMs: HOUR + MINUTE }), await insert()]
  await endOne(ended.id)
  await test.query("update live_session set expires_at = now() - interval '1 second' where id = $1", [expired.id])
  const read = async (): Promise<unknown> => await test.query('select id, last_activity_at, ip_address, addresses from live_session order by id')
  const before = await read()
  await store.touch([ended, idle, expired].map(({ id }) => ({ id, agoMs: 0, ip: '203.0.113.1' })))
  t.strictSame(await read(), before)
})

t.test('the last five addresses are kept, newest first, each once and with its time', async (t) => {
  const { store, insert } = rows
  const { id } = await insert('anna', { ip: '192.0.2.1', activeAgoMs: 10 * MINUTE })
  const visit = async (last: number, agoMs: number): Promise<void> => { await store.touch([{ id, agoMs, ip: `192.0.2.${last}` }]) }
  for (const [index, last] of [2, 3, 4, 5, 6].entries()) await visit(last, (9 - index) * MINUTE)
  const kept = async (): Promise<string[]> => (await store.findWithAddresses(id))?.addresses.map(({ ip }) => ip.slice('192.0.2.'.length)) ?? []
  t.strictSame(await kept(), ['6', '5', '4', '3', '2'])
  await visit(4, 2 * MINUTE)
  t.strictSame(await kept(), ['4', '6', '5', '3', '2'], 'a known one moves to the front')
  await store.touch([{ id, agoMs: MINUTE, ip: null }])
  t.strictSame(await kept(), ['4', '6', '5', '3', '2'], 'activity without an address changes none')
  const detail = await store.findWithAddresses(id)
  const times = detail?.addresses.map(({ at }) => Date.parse(at)) ?? []
  t.strictSame(times, [...times].sort((a, b) => b - a), 'newest first by time too')
  t.ok(times.every((time) => time > 0))
  t.equal(detail?.ipAddress, '192.0.2.4')
})

t.test('a session without an address gets its first one', async (t) => {
  const { store, insert } = rows
  const { id } = await insert('anna', { ip: null, activeAgoMs: MINUTE })
  t.strictSame((await store.findWithAddresses(id))?.addresses, [])
  await store.touch([{ id, agoMs: 0, ip: '192.0.2.7' }])
  t.match((await store.findWithAddresses(id))?.addresses, [{ ip: '192.0.2.7' }])
})

t.test('a row that somebody else has locked is skipped, not waited for', async (t) => {
  const { store, insert, test } = rows
  const [locked, free] = [await insert('anna', { activeAgoMs: MINUTE }), await insert('anna', { activeAgoMs: MINUTE })]
  const client = await connectTo(t, test)
  await client.query('begin')
  await client.query('select from live_session where id = $1 for update', [locked.id])
  t.strictSame(await store.touch([{ id: locked.id, agoMs: 0, ip: null }, { id: free.id, agoMs: 0, ip: null }]), [locked.id], 'and told of')
  t.strictSame(await store.touch([{ id: locked.id, agoMs: 2 * MINUTE, ip: null }]), [], 'unless there was nothing to write')
  t.equal((await store.find(locked.id))?.lastActivityAt, Math.floor((await test.query<{ at: number }>('select extract(epoch from last_activity_at)::float8 * 1000 as at from live_session where id = $1', [locked.id]))[0]?.at ?? 0))
  t.ok(((await store.find(free.id))?.lastActivityAt ?? 0) > free.lastActivityAt - 1_000)
  await client.query('rollback')
})

t.test('a bulk revocation and batches of the same sessions, in any order, never deadlock', async (t) => {
  const { store, insert, test } = rows
  const sessions = []
  for (let index = 0; index < 30; index++) sessions.push(await insert('anna', { activeAgoMs: MINUTE }))
  const deadlocks = async (): Promise<unknown> => (await test.query('select deadlocks from pg_stat_database where datname = current_database()'))[0]
  const before = await deadlocks()
  // Forced: the last row is held, so that the revocation stands in the middle with all others locked, while batches come in reverse order.
  const last = [...sessions].sort((a, b) => a.id < b.id ? -1 : 1).at(-1)?.id
  const client = await connectTo(t, test)
  await client.query('begin')
  await client.query('select from live_session where id = $1 for update', [last])
  const revocation = store.end({ userId: 'anna' }, BY_USER)
  await lockAwaited(test)
  await Promise.all([sessions, [...sessions].reverse()].map((batch) => store.touch(batch.map(({ id }) => ({ id, agoMs: 0, ip: null })))))
  await client.query('commit')
  t.equal((await revocation).length, 30)
  t.strictSame(await deadlocks(), before)
})

t.test('two bulk revocations of overlapping sessions in opposite orders never deadlock, and each session ends once', async (t) => {
  const { store, insert, test } = rows
  const sessions = []
  for (let index = 0; index < 20; index++) sessions.push((await insert('anna')).id)
  const rounds = await Promise.all([sessions, [...sessions].reverse(), sessions, [...sessions].reverse()].map((batch) => store.end({ ids: batch }, BY_USER)))
  t.equal(rounds.flat().length, 20)
  t.match(await test.query("select count(*)::int from live_session_event where type = 'ended'"), [{ count: 20 }])
})

t.test('ten thousand sessions are one statement, and a fast one', async (t) => {
  const { sql, test } = await openRows(t)
  const inserting = performance.now()
  await test.query(`insert into live_session (id, user_id, device_name, device_type, user_agent, expires_at, last_activity_at)
    select gen_random_uuid(), 'u' || n, 'd', 'unknown', '', now() + interval '1 day', now() - interval '1 minute' from generate_series(1, 10000) n`)
  const inserted = performance.now() - inserting
  const rows = await test.query<{ id: string }>('select id from live_session')
  let statements = 0
  const counted: Sql = async (text, values) => {
    statements++
    return await sql(text, values)
  }
  const began = performance.now()
  await createQueries(counted, { schema: undefined, idleAllowanceMs: HOUR }).touch(rows.map(({ id }) => ({ id, agoMs: 5, ip: '192.0.2.1' })))
  const took = performance.now() - began
  t.equal(statements, 1)
  t.match(await test.query("select count(*)::int from live_session where last_activity_at > now() - interval '30 seconds' and jsonb_array_length(addresses) = 1"), [{ count: 10_000 }])
  // One that looked at every row for every row would take thousands of times as long as their insertion.
  t.ok(took < Math.max(5_000, 20 * inserted), `took ${Math.round(took)} ms, their insertion ${Math.round(inserted)} ms`)
})
