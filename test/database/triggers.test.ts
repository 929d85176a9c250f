/** The database's part of the promise: whoever ends a session, a hand in psql too, ends it for good and leaves one event. */
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { EXPIRY_REASONS, REVOCATION_REASONS } from '../../src/protocol.ts'
import { connectTo, HOUR, openRows } from '../helpers/session-rows.ts'

const rows = await openRows(t)
t.beforeEach(rows.empty)

t.test('an end by plain SQL gets its transaction number, its event and a reason', async (t) => {
  const { test, insert } = rows
  const { id } = await insert()
  const client = await connectTo(t, test)
  await client.query('begin')
  const { rows: [{ xid }] } = await client.query('select pg_current_xact_id()::text as xid')
  await client.query('update live_session set revoked_at = now() where id = $1', [id])
  await client.query('commit')
  const [row] = await test.query('select revoked_xid::text as xid, revoked_event_id as event, revoked_reason as reason from live_session where id = $1', [id])
  t.match(row, { xid, reason: 'policy' })
  t.strictSame(
    await test.query("select id, type, user_id, reason, by, xid::text from live_session_event where session_id = $1 and type = 'ended'", [id]),
    [{ id: row?.['event'], type: 'ended', user_id: 'someone', reason: 'policy', by: null, xid }], 'one event, of the same transaction')
})

t.test('a session that is inserted as ended has its number and its event too', async (t) => {
  const { test } = rows
  const id = randomUUID()
  await test.query(`insert into live_session (id, user_id, device_name, device_type, user_agent, expires_at, revoked_at, revoked_reason)
    values ($1, 'x', 'd', 'unknown', '', now() + interval '1 day', now(), 'logout')`, [id])
  t.match(await test.query('select revoked_xid is not null as stamped from live_session'), [{ stamped: true }])
  t.match(await test.query('select type, reason from live_session_event'), [{ type: 'ended', reason: 'logout' }])
})

t.test('an end can not be taken back, moved to another transaction, or written without ending', async (t) => {
  const { test, insert, endOne } = rows
  const [ended, living] = [await insert(), await insert()]
  await endOne(ended.id)
  const [before] = await test.query('select revoked_xid::text as xid, revoked_event_id as event from live_session where id = $1', [ended.id])
  for (const change of ['revoked_at = null', 'revoked_xid = null', "revoked_xid = '3'", 'revoked_at = null, revoked_xid = null']) {
    await t.rejects(test.query(`update live_session set ${change} where id = $1`, [ended.id]), { code: '23514', message: /an end is final/ }, change)
  }
  await test.query("update live_session set revoked_at = now() + interval '1 hour', revoked_reason = 'logout' where id = $1", [ended.id])
  t.strictSame(await test.query('select revoked_xid::text as xid, revoked_event_id as event from live_session where id = $1', [ended.id]), [before],
    'setting it again changes neither number nor event')
  await test.query("update live_session set revoked_xid = '3' where id = $1", [living.id])
  t.match(await test.query('select revoked_xid from live_session where id = $1', [living.id]), [{ revoked_xid: null }])
  t.match(await test.query("select count(*)::int from live_session_event where type = 'ended'"), [{ count: 1 }], 'one event')
})

t.test('a living session can neither be deleted nor truncated; an ended and an expired one can', async (t) => {
  const { test, insert, endOne } = rows
  const [living, ended, expired] = [await insert(), await insert(), await insert()]
  await endOne(ended.id)
  await test.query("update live_session set expires_at = now() - interval '1 second' where id = $1", [expired.id])
  await t.rejects(test.query('delete from live_session'), { code: '23514', message: /alive/ })
  await t.rejects(test.query('truncate live_session'), { code: '23514', message: /alive/ })
  t.match(await test.query('select count(*)::int from live_session'), [{ count: 3 }])
  await test.query('delete from live_session where id <> $1', [living.id])
  await endOne(living.id)
  await test.query('truncate live_session')
  t.match(await test.query('select count(*)::int from live_session'), [{ count: 0 }])
})

t.test('an ended session can not be deleted before every node knows of its end', async (t) => {
  const { test, insert } = rows
  const [first, second] = [await insert(), await insert()]
  await test.query('insert into live_session_node (incarnation, applied) values ($1, pg_current_snapshot())', [randomUUID()])
  const client = await connectTo(t, test)
  await client.query('begin')
  await client.query('update live_session set revoked_at = now() where id = $1', [first.id])
  await t.rejects(client.query('delete from live_session where id = $1', [first.id]), { code: '23514', message: /not every node knows/ }, 'nor in the transaction that ends it')
  await client.query('rollback')
  await test.query('update live_session set revoked_at = now() where id = $1', [second.id])
  await t.rejects(test.query('delete from live_session where id = $1', [second.id]), { code: '23514' })
  await test.query('update live_session set revoked_at = now() where revoked_at is null')
  await t.rejects(test.query('truncate live_session'), { code: '23514', message: /not every node knows/ })
  await test.query('update live_session_node set applied = pg_current_snapshot()')
  t.strictSame(await test.query('delete from live_session where id = $1 returning id', [second.id]), [{ id: second.id }])
  await test.query('truncate live_session')
})

t.test('an end that is rolled back leaves no event and no mark', async (t) => {
  const { test, insert } = rows
  const { id } = await insert()
  const client = await connectTo(t, test)
  await client.query('begin')
  await client.query('update live_session set revoked_at = now() where id = $1', [id])
  await client.query('rollback')
  t.match(await test.query('select revoked_at, revoked_xid, revoked_event_id from live_session'), [{ revoked_at: null, revoked_xid: null, revoked_event_id: null }])
  t.match(await test.query("select count(*)::int from live_session_event where type = 'ended'"), [{ count: 0 }])
})

t.test('an end inside a savepoint carries the number of the whole transaction, which is the one that becomes visible', async (t) => {
  const { test, insert } = rows
  const { id } = await insert()
  const client = await connectTo(t, test)
  await client.query('begin; savepoint inner_one')
  await client.query('update live_session set revoked_at = now() where id = $1', [id])
  await client.query('release inner_one')
  const { rows: [{ xid }] } = await client.query('select pg_current_xact_id()::text as xid')
  await client.query('commit')
  t.match(await test.query('select revoked_xid::text as xid, pg_visible_in_snapshot(revoked_xid, pg_current_snapshot()) as visible from live_session'), [{ xid, visible: true }])
})

t.test('whatever a hand in psql writes as the reason and the time, the row says something that devices understand; the event keeps the words', async (t) => {
  const { test, insert } = rows
  const words = `the phone was stolen on the train, ${'and the owner rang us '.repeat(20)}`
  const [stolen, later, never] = [await insert(), await insert(), await insert()]
  await test.query('update live_session set revoked_at = now(), revoked_reason = $2 where id = $1', [stolen.id, words])
  await test.query("update live_session set revoked_at = 'infinity', revoked_reason = 'account_disabled' where id = $1", [later.id])
  await test.query("update live_session set revoked_at = '-infinity' where id = $1", [never.id])
  const ended = await test.query('select id, revoked_reason as reason, revoked_at <= now() and isfinite(revoked_at) as past from live_session')
  t.strictSame(new Set(ended.map((row) => JSON.stringify(row))), new Set([
    { id: stolen.id, reason: 'policy', past: true }, { id: later.id, reason: 'account_disabled', past: true }, { id: never.id, reason: 'policy', past: true }
  ].map((row) => JSON.stringify(row))))
  t.strictSame(await test.query("select reason from live_session_event where type = 'ended' and session_id = $1", [stolen.id]), [{ reason: words.slice(0, 200) }])
})

t.test('ends that a dump brought from another server hold up neither a cleanup nor a login', async (t) => {
  const { test, store, insert, endOne } = await openRows(t)
  const { id } = await insert()
  await endOne(id)
  await test.query('insert into live_session_node (incarnation, applied) values ($1, pg_current_snapshot())', [randomUUID()])
  await test.query('alter table live_session disable trigger live_session_guard')
  await test.query("update live_session set revoked_xid = (pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 1000000)::text::xid8, revoked_at = now() - interval '2 hours'")
  await test.query('alter table live_session enable trigger live_session_guard')
  t.strictSame(await store.unappliedEnds({ userId: 'someone' }), [])
  t.match(await store.cleanSessions({ after: null, limit: 10, inactiveMs: HOUR, retentionMs: HOUR }), { deleted: 1 })
})

t.test('the database knows every reason of the protocol', async (t) => {
  const { test, insert } = rows
  for (const reason of [...REVOCATION_REASONS, ...EXPIRY_REASONS]) {
    const { id } = await insert()
    await test.query('update live_session set revoked_at = now(), revoked_reason = $2 where id = $1', [id, reason])
    t.match(await test.query('select revoked_reason from live_session where id = $1', [id]), [{ revoked_reason: reason }])
  }
})
