/** The queries on sessions: what each finds, ends and leaves alone. */
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { describeDevice } from '../../src/device/device.ts'
import { endOf } from '../../src/session-row.ts'
import type { EndedSession } from '../../src/session/ended-session.ts'
import { BY_USER, HOUR, openRows } from '../helpers/session-rows.ts'

const ids = (rows: ReadonlyArray<{ id: string }>): string[] => rows.map(({ id }) => id)

/** Of a login, what the past is not asked for. */
const NOBODY = { deviceId: null, knownDevicesMs: null }

const rows = await openRows(t)
t.beforeEach(rows.empty)

t.test('a new session is found as it was written, with its address and one event', async (t) => {
  const { store, test } = rows
  const id = randomUUID()
  const device = describeDevice({ 'user-agent': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36' })
  const row = await store.insert({ id, userId: 'anna', clientId: 'shop', deviceId: 'd-1', device, ip: '2001:db8::1', absoluteTimeoutMs: HOUR })
  t.match(row, { id, userId: 'anna', clientId: 'shop', deviceName: 'Chrome on Windows', browserName: 'Chrome', ipAddress: '2001:db8::1', timedOut: null, revokedAt: null })
  t.equal(row.expiresAt - row.createdAt, HOUR)
  t.strictSame(await store.find(id), row)
  const detail = await store.findWithAddresses(id)
  t.match(detail, { id, addresses: [{ ip: '2001:db8::1', at: String }] })
  t.equal(Date.parse(detail?.addresses[0]?.at ?? ''), row.createdAt)
  t.match(await test.query('select type, user_id, session_id from live_session_event'), [{ type: 'opened', user_id: 'anna', session_id: id }])
  t.equal(await store.find(randomUUID()), null)
})

t.test('a user\'s list has the living sessions, latest activity first, and nobody else\'s', async (t) => {
  const { store, insert, endOne, test } = rows
  const [old, recent, middle] = [await insert('anna', { activeAgoMs: 3_000 }), await insert('anna', { activeAgoMs: 1_000 }), await insert('anna', { activeAgoMs: 2_000 })]
  const [ended, idle, expired] = [await insert('anna'), await insert('anna', { activeAgoMs: 2 * HOUR }), await insert('anna')]
  await insert('bert')
  await endOne(ended.id)
  await test.query("update live_session set expires_at = now() - interval '10 minutes' where id = $1", [expired.id])
  t.strictSame(ids(await store.listOfUser('anna', null)), [recent.id, middle.id, old.id])

  const all = await store.listOfUser('anna', 3 * HOUR)
  t.strictSame(ids(all).sort(), ids([old, recent, middle, ended, idle, expired]).sort(), 'with the ended ones, however they ended')
  t.strictSame(new Map(all.map((row) => [row.id, endOf(row)])).get(ended.id), 'revoked_by_user')
  t.strictSame(ids(await store.listOfUser('anna', 30 * 60_000)).sort(), ids([old, recent, middle, ended, expired]).sort(), 'but not those that ended before the retention time')
  await test.query("update live_session set revoked_at = now() - interval '31 minutes' where id = $1", [ended.id])
  t.strictSame(ids(await store.listOfUser('anna', 30 * 60_000)).sort(), ids([old, recent, middle, expired]).sort())
})

t.test('only a living session of that user gets another name', async (t) => {
  const { store, insert, endOne, test } = rows
  const [mine, ended] = [await insert('anna'), await insert('anna')]
  await endOne(ended.id)
  t.match(await store.rename(mine.id, 'anna', 'Kitchen'), { id: mine.id, deviceName: 'Kitchen' })
  t.equal(await store.rename(mine.id, 'bert', 'Mine now'), null)
  t.equal(await store.rename(ended.id, 'anna', 'Ghost'), null)
  t.equal(await store.rename(randomUUID(), undefined, 'Nobody'), null)
  t.match(await store.find(mine.id), { deviceName: 'Kitchen' })
  t.match(await test.query("select session_id from live_session_event where type = 'renamed'"), [{ session_id: mine.id }])
})

/** Sessions that PostgreSQL's statistics were made of, before all that is ended here came: how many, whose, and when they ended. */
const BEFORE = {
  'there is nothing': [0, "'anna'", 'now()'],
  'there is one': [1, "'anna'", 'now()'],
  'none lives': [20_000, "'anna'", 'now()'],
  'each user has one': [5_000, 'gen_random_uuid()::text', 'null::timestamptz']
} as const

for (const [belief, [count, user, at]] of Object.entries(BEFORE)) {
  t.test(`twenty thousand sessions of one user end at once, though PostgreSQL thinks that ${belief}`, async (t) => {
    const { store, insert: insertOne, test } = await openRows(t)
    const acting = await insertOne('anna')
    const insert = async (count: number, user: string, at: string) => await test.query(`
      insert into live_session (id, user_id, device_name, device_type, user_agent, expires_at, revoked_at)
      select gen_random_uuid(), ${user}, 'd', 'unknown', '', now() + interval '1 day', ${at} from generate_series(1, ${count})`)
    await test.query('alter table live_session set (autovacuum_enabled = false)')
    await insert(count, user, at)
    if (count > 0) await test.query('analyze live_session')
    const inserting = performance.now()
    await insert(20_000, "'anna'", 'null::timestamptz')
    const inserted = performance.now() - inserting
    const began = performance.now()
    const ended = await store.end({ userId: 'anna', except: acting.id }, { ...BY_USER, bySession: acting.id })
    const took = performance.now() - began
    t.equal(ended.length, 20_000)
    t.ok(ended.every(({ byDevice }) => byDevice === acting.deviceName))
    // One that compared each with each would take hundreds of times as long as their insertion.
    t.ok(took < Math.max(5_000, 20 * inserted), `took ${Math.round(took)} ms, their insertion ${Math.round(inserted)} ms`)
  })
}

t.test('ending by ids ends these, of this user, once', async (t) => {
  const { store, insert, test } = rows
  const [a, b, other, foreign] = [await insert('anna'), await insert('anna'), await insert('anna'), await insert('bert')]
  const ended = await store.end({ ids: [a.id, b.id, foreign.id, randomUUID()], userId: 'anna' }, BY_USER)
  t.strictSame(ids(ended).sort(), ids([a, b]).sort())
  t.match(ended[0], { userId: 'anna', reason: 'revoked_by_user', at: Number, eventId: String, xid: /^\d+$/ })
  t.strictSame(await store.end({ ids: [a.id, b.id], userId: 'anna' }, BY_USER), [], 'again ends nothing')
  for (const alive of [other, foreign]) t.match(await store.find(alive.id), { revokedAt: null })
  const { id, reason, at, eventId } = ended.find((session) => session.id === a.id) as EndedSession
  const unknown = randomUUID()
  const ends = await store.findEnds([a.id, other.id, unknown])
  t.same(ends.find((end) => end.id === a.id), { id, reason, at, eventId, byDevice: null })
  t.match(ends.find((end) => end.id === unknown), { reason: 'policy', eventId: null })
  t.equal(ends.length, 2, 'who lives is left out')
  t.match(await test.query("select count(*)::int, count(distinct session_id)::int as sessions, min(by) as by, min(ip_address) as ip from live_session_event where type = 'ended'"),
    [{ count: 2, sessions: 2, by: 'someone', ip: '192.0.2.9' }])
})

t.test('ending a user\'s sessions leaves the excepted one and other users alone', async (t) => {
  const { store, insert } = rows
  const [kept, gone, foreign] = [await insert('anna'), await insert('anna'), await insert('bert')]
  t.strictSame(ids(await store.end({ userId: 'anna', except: kept.id }, BY_USER)), [gone.id])
  t.strictSame(ids(await store.end({ userId: 'anna' }, BY_USER)), [kept.id])
  t.match(await store.find(foreign.id), { revokedAt: null })
})

t.test('a repeat has to wait for an end as long as some node has not applied it', async (t) => {
  const { store, insert, endOne, test } = rows
  const { id } = await insert('anna')
  await test.query('insert into live_session_node (incarnation, applied) values ($1, pg_current_snapshot())', [randomUUID()])
  const end = await endOne(id)
  t.strictSame(await store.unappliedEnds({ ids: [id] }), [end])
  t.strictSame(await store.unappliedEnds({ ids: [id], userId: 'bert' }), [], 'another user learns nothing of it')
  t.strictSame(await store.unappliedEnds({ userId: 'anna', except: id }), [])
  await test.query('update live_session_node set applied = pg_current_snapshot()')
  t.strictSame(await store.unappliedEnds({ userId: 'anna' }), [])
})

t.test('only a session that is idle by the database\'s clock ends as idle, once', async (t) => {
  const { store, insert } = rows
  const [active, idle] = [await insert(), await insert('someone', { activeAgoMs: HOUR + 1_000 })]
  t.strictSame(await store.endIdle(active.id), [])
  t.match(await store.endIdle(idle.id), [{ id: idle.id, reason: 'idle_timeout' }])
  t.strictSame(await store.endIdle(idle.id), [])
  t.match(await store.find(idle.id), { revokedReason: 'idle_timeout', revokedBy: 'system' })
})

t.test('a receipt is kept for the end that it is about, and the first one counts', async (t) => {
  const { store, insert, endOne } = rows
  const { id } = await insert()
  const end = await endOne(id)
  await store.markDelivered([{ sessionId: id, eventId: randomUUID() }])
  t.match(await store.find(id), { logoutDeliveredAt: null })
  const receipt = { sessionId: id, eventId: end?.eventId ?? '' }
  await store.markDelivered([receipt, receipt])
  const first = (await store.find(id))?.logoutDeliveredAt
  t.type(first, 'number')
  await store.markDelivered([receipt])
  t.equal((await store.find(id))?.logoutDeliveredAt, first)
})

t.test('a change of credentials shows to whoever could not see it yet, and to no other user', async (t) => {
  const { store, test } = rows
  const snapshot = async (): Promise<string> => (await test.query<{ now: string }>('select pg_current_snapshot()::text as now'))[0]?.now ?? ''
  const before = await snapshot()
  await store.noteCredentialsChange(['anna'], { reason: 'password_changed', by: 'anna', ip: null })
  const after = await snapshot()
  const changedSince = async (userId: string, asOf: string): Promise<boolean> => (await store.lookForLogin({ userId, asOf, ...NOBODY })).changed
  t.equal(await changedSince('anna', before), true)
  t.equal(await changedSince('anna', after), false)
  t.equal(await changedSince('bert', before), false)
})

t.test('a login sees its user\'s active sessions, and of the past as much as is wanted', async (t) => {
  const { store, insert, test } = rows
  const asOf = await store.snapshot()
  const [one, other] = [await insert('anna'), await insert('anna')]
  await insert('anna', { activeAgoMs: 1_000 * HOUR })
  await insert('bert')
  await test.query("update live_session set ip_address = '192.0.2.1', location = '{\"countryCode\": \"DE\"}' where id = $1", [one.id])
  await test.query("update live_session set full_expires_at = now() + interval '1 day' where id = $1", [other.id])
  for (const [device, days, refused] of [['laptop', 1, false], ['phone', 2, false], ['old', 20, false], ['refused', 20, true]] as const) {
    await test.query(`insert into live_session_device (user_id, device_id, last_at, networks, refused_at) values
      ('anna', $1, now() - $2 * interval '1 day', '[{"network": "192.0.2.9"}]', case when $3 then now() end)`, [device, days, refused])
  }
  const look = async (deviceId: string | null, knownDevicesMs: number | null): Promise<Array<[string | null, readonly string[], boolean]>> => {
    const { active, past, changed } = await store.lookForLogin({ userId: 'anna', asOf, deviceId, knownDevicesMs })
    t.equal(changed, false)
    t.strictSame(active.map(({ id }) => id).sort(), [one.id, other.id].sort())
    t.ok(past.every(({ at }) => Math.abs(at - Date.now()) < 30 * 24 * HOUR), 'times are numbers')
    return past.map(({ deviceId, networks, refused }) => [deviceId, networks, refused])
  }
  const devices = [['laptop', ['192.0.2.9'], false], ['phone', ['192.0.2.9'], false], ['refused', ['192.0.2.9'], true]]
  t.strictSame(await look('laptop', 10 * 24 * HOUR), [...devices, [null, ['192.0.2.1'], false]], 'with what is unconfirmed left out')
  t.strictSame((await look('phone', 10 * 24 * HOUR))[0], devices[1], 'its own device first')
  t.strictSame((await look('old', 10 * 24 * HOUR)).length, 4)
  t.strictSame(await look('refused', null), [devices[2]], 'a refused device, whoever wants to know')
  t.strictSame(await look(null, null), [])
})

t.test('a store with a schema asks there', async (t) => {
  const { sql, test } = await openRows(t)
  const { createQueries } = await import('../../src/session/store/store.ts')
  await test.query('create schema "o""dd"; create table "o""dd".live_session (like live_session including defaults)')
  const store = createQueries(sql, { schema: 'o"dd', idleAllowanceMs: HOUR })
  t.equal(await store.find(randomUUID()), null)
  t.strictSame(await store.listOfUser('anna', null), [])
})

t.test('with an idle timeout of for ever a session lives on', async (t) => {
  const { store, insert } = await openRows(t, { idleAllowanceMs: Number.MAX_SAFE_INTEGER })
  const { id } = await insert('anna', { activeAgoMs: 1_000 * HOUR })
  t.strictSame(ids(await store.listOfUser('anna', null)), [id])
  const { active } = await store.lookForLogin({ userId: 'anna', asOf: await store.snapshot(), ...NOBODY })
  t.strictSame(active.map((session) => session.id), [id])
  t.match(await store.rename(id, 'anna', 'Kitchen'), { id, timedOut: null })
})
