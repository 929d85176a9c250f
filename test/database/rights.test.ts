/** A role that owns nothing: what the database keeps for itself needs no right of its own, and what a node needs is asked for. */
import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { describeDevice } from '../../src/device/device.ts'
import { openDatabase } from '../../src/database/database.ts'
import { grantsFor } from '../../src/database/grants.ts'
import { MIGRATION_NAMES } from '../../src/database/migrations/names.ts'
import { migrate } from '../../src/database/migrate.ts'
import { createCleanup } from '../../src/session/cleanup.ts'
import { createQueries, createStore } from '../../src/session/store/store.ts'
import { createEmptyDatabase, type TestDatabase } from '../helpers/database.ts'
import { createRole, type Role } from '../helpers/role.ts'
import { BY_USER, HOUR } from '../helpers/session-rows.ts'

const NEW_IN_LISTS = 'drop table live_session_address; drop function live_session_locate cascade'

/** The statements of a node, as this role. */
async function nodeOf (t: Test, role: Role, schema: string) {
  const database = await openDatabase({ database: { url: role.url, pool: { min: 0, max: 2 } }, queryTimeoutMs: 10_000 })
  t.teardown(database.close)
  const store = createQueries(database.sql, { schema, idleAllowanceMs: HOUR })
  const device = describeDevice({ 'user-agent': 'curl/8.0' })
  return {
    database,
    store,
    sql: database.sql,
    logIn: async () => await store.insert({ id: randomUUID(), userId: 'someone', clientId: null, deviceId: null, device, ip: '192.0.2.1', absoluteTimeoutMs: 24 * HOUR })
  }
}

async function grant ({ name, query }: TestDatabase, role: Role, schema: string, { but = /^$/ } = {}): Promise<void> {
  for (const statement of grantsFor({ database: name, schema, role: role.name }).statements) if (!but.test(statement)) await query(statement)
}

t.test('a node that runs through a migration, without the grants that it brings, goes on: login, activity, end, deletion', async (t) => {
  const database = await createEmptyDatabase(t)
  await database.query('create schema "auth rooms"')
  const schema = 'auth rooms'
  await migrate({ url: database.url, schema })
  const role = await createRole(t, database)
  await grant(database, role, schema, { but: /live_session_address/ })
  // As the migration before the last left it.
  await database.query(`set search_path = "auth rooms"; ${NEW_IN_LISTS}; delete from live_session_migrations where name = 'Migration20261128Lists'; reset search_path`)
  const node = await nodeOf(t, role, schema)
  const before = await node.logIn()
  t.same(await migrate({ url: database.url, schema }), [...MIGRATION_NAMES])
  const { id } = await node.logIn()
  await node.store.touch([{ id, agoMs: 0, ip: '198.51.100.7' }])
  const addresses = (): Promise<unknown> => database.query('select session_id::text as id, ip from "auth rooms".live_session_address order by created_at')
  t.same(await addresses(), [{ id: before.id, ip: '192.0.2.1' }, { id, ip: '198.51.100.7' }])
  t.match(await node.store.end({ ids: [before.id] }, BY_USER), { length: 1 })
  await node.sql('delete from "auth rooms".live_session where id = $1', [before.id])
  t.same(await addresses(), [{ id, ip: '198.51.100.7' }])
  await t.rejects(node.sql('delete from "auth rooms".live_session_address'), { code: '42501' }, 'by the triggers alone')
})

t.test('the function that may do more than its caller looks nowhere that a caller chooses, and is nobody\'s to use', async (t) => {
  const database = await createEmptyDatabase(t)
  await migrate({ url: database.url })
  t.same(await database.query("select proname, proconfig from pg_proc where prosecdef and pronamespace = 'public'::regnamespace"),
    [{ proname: 'live_session_locate', proconfig: ['search_path=pg_catalog, pg_temp'] }])
  const role = await createRole(t, database)
  await grant(database, role, 'public')
  const node = await nodeOf(t, role, 'public')
  await node.sql('create temporary table mine (id uuid, ip_address text, created_at timestamptz)')
  await t.rejects(node.sql('create trigger mine after insert on mine for each row execute function public.live_session_locate()'), { code: '42501' })
})

t.test('where triggers were switched off for a while, the next migration corrects the addresses', async (t) => {
  const database = await createEmptyDatabase(t)
  await migrate({ url: database.url })
  const role = await createRole(t, database)
  await grant(database, role, 'public')
  const node = await nodeOf(t, role, 'public')
  const [same, moved, hidden, gone] = [await node.logIn(), await node.logIn(), await node.logIn(), await node.logIn()]
  await database.query('alter table live_session disable trigger all')
  await database.query("update live_session set ip_address = '198.51.100.7', created_at = created_at - interval '1 hour' where id = $1", [moved.id])
  await database.query('update live_session set ip_address = null where id = $1', [hidden.id])
  await database.query('delete from live_session where id = $1', [gone.id])
  const late = await node.logIn()
  await migrate({ url: database.url })
  const expected = await database.query('select id, ip_address as ip, created_at from live_session where ip_address is not null order by id')
  t.same(expected.map(({ id }) => id), [same.id, moved.id, late.id].sort())
  t.same(await database.query('select session_id as id, ip, created_at from live_session_address order by session_id'), expected)
})

t.test('with what --print-grants prints, the cleanup forgets addresses in every table', async (t) => {
  const database = await createEmptyDatabase(t)
  await migrate({ url: database.url })
  const role = await createRole(t, database)
  await grant(database, role, 'public')
  const node = await nodeOf(t, role, 'public')
  const { id } = await node.logIn()
  await node.store.end({ ids: [id] }, { ...BY_USER, ip: '192.0.2.1' })
  await node.store.noteDevice({ userId: 'someone', deviceId: 'device', network: '192.0.2.1', location: null })
  const content = { session: null, refused: false, method: null, reasons: [], ended: 1, ipAddress: '192.0.2.1' }
  await node.store.noteNotice(['someone'], { kind: 'sessions_ended', sessionId: null, deviceId: null, content, maxPerDay: 5 })
  await database.query("update live_session set addresses = '[]', created_at = created_at - interval '1 hour', revoked_at = revoked_at - interval '1 hour'")
  await database.query("update live_session_event set at = at - interval '1 hour'")
  await database.query("update live_session_notice set created_at = created_at - interval '1 hour'")
  await database.query("update live_session_device set networks = jsonb_set(networks, '{0,at}', to_jsonb(now() - interval '1 hour'))")
  const store = createStore({ database: node.database, idleAllowanceMs: HOUR, onError: () => {} })
  const cleanup = createCleanup({ store, inactiveMs: 24 * HOUR, retentionMs: 24 * HOUR, addressRetentionMs: HOUR / 2, apply: () => {} })
  t.match(await cleanup.run(), { ran: true, addressesForgotten: 5 }, 'the session, its two events, the device and the notice')
})
