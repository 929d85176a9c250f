/** The tables: made once however many nodes start together, as the entities say, and nothing is left behind. */
import { existsSync } from 'node:fs'
import { MikroORM } from '@mikro-orm/postgresql'
import t, { type Test } from 'tap'
import { liveSessionEntities } from '../../src/database/entities/index.ts'
import { MIGRATION_NAMES } from '../../src/database/migrations/names.ts'
import { FUNCTIONS, TABLES, TRIGGERS } from '../../src/database/tables.ts'
import { migrate } from '../../src/database/migrate.ts'
import { PROGRAMS } from '../checks/built-bundles.js'
import { runCommand, type Ended } from '../helpers/command-line.ts'
import { createEmptyDatabase, type TestDatabase } from '../helpers/database.ts'

const NAMES = [...MIGRATION_NAMES]

async function differences (t: Test, { url }: TestDatabase, schema = 'public'): Promise<string> {
  const orm = await MikroORM.init({
    clientUrl: url,
    schema,
    entities: liveSessionEntities,
    discovery: { disableDynamicFileAccess: true },
    pool: { min: 0, max: 1 },
    logger: () => {}
  })
  t.teardown(async () => { await orm.close(true) })
  return (await orm.schema.getUpdateSchemaSQL({ wrap: false, schema })).trim()
}

/** Everything of ours in the database, as it describes itself; but for numbers and names that are new each time. */
async function objects ({ query }: TestDatabase): Promise<unknown> {
  return await query(`
    select relname as name, coalesce(array_to_string(reloptions, ','), '') || (select string_agg(attname || ' ' || format_type(atttypid, atttypmod) || attnotnull, ',' order by attname)
      from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped) as body from pg_class c where relnamespace = 'public'::regnamespace
    union all select proname, prosrc from pg_proc where pronamespace = 'public'::regnamespace
    union all select tgname, pg_get_triggerdef(oid) || tgenabled::text from pg_trigger where not tgisinternal
    union all select indexname, indexdef from pg_indexes where schemaname = 'public' order by 1, 2`)
}

async function others ({ query }: TestDatabase): Promise<number> {
  const [row] = await query<{ count: number }>('select count(*)::int as count from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()')
  return row?.count ?? -1
}

t.test('after the migrations the entities find nothing to change', async (t) => {
  const database = await createEmptyDatabase(t)
  t.strictSame(await migrate({ url: database.url }), NAMES)
  t.equal(await differences(t, database), '')
})

t.test('two nodes that start together on an empty database both succeed, and each migration runs once', async (t) => {
  const database = await createEmptyDatabase(t)
  const done = await Promise.all([migrate({ url: database.url }), migrate({ url: database.url }), migrate({ url: database.url })])
  t.strictSame(done.flat(), NAMES)
  t.strictSame(await database.query('select name from live_session_migrations'), NAMES.map((name) => ({ name })))
  t.strictSame(await migrate({ url: database.url }), [], 'and there is nothing to do any more')
})

t.test('with a schema the tables, the triggers and the list of migrations live in it', async (t) => {
  const database = await createEmptyDatabase(t)
  await t.rejects(migrate({ url: database.url, schema: 'auth rooms' }), { code: 'SESSION_SCHEMA_NOT_FOUND', message: /no schema "auth rooms"/ }, 'a slip in its name makes no schema')
  await database.query('create schema "auth rooms"')
  t.strictSame(await migrate({ url: database.url, schema: 'auth rooms' }), NAMES)
  t.strictSame(await migrate({ url: database.url, schema: 'auth rooms' }), [])
  const tables = await database.query("select table_schema, table_name from information_schema.tables where table_name like 'live_session%' order by 2")
  t.strictSame(tables.map((row) => `${row['table_schema']}.${row['table_name']}`), [...TABLES].sort().map((table) => `auth rooms.${table}`))
  t.equal(await differences(t, database, 'auth rooms'), '')
})

t.test('run again on tables that are there, they change nothing, and lose nothing; what was dropped comes back', async (t) => {
  const database = await createEmptyDatabase(t)
  await migrate({ url: database.url })
  const before = await objects(database)
  await database.query("insert into live_session (id, user_id, device_name, device_type, user_agent, expires_at) values (gen_random_uuid(), 'a', 'b', 'cli', '', now() + interval '1 day')")
  await database.query('delete from live_session_migrations')
  t.strictSame(await migrate({ url: database.url }), NAMES)
  t.strictSame(await objects(database), before)
  t.match(await database.query('select from live_session'), { length: 1 })
  for (const drop of ['drop table live_session_event', 'drop table live_session_migrations', 'drop function live_session_keep cascade', 'drop trigger live_session_guard on live_session', 'alter table live_session disable trigger all']) {
    await database.query(drop)
    t.strictSame(await migrate({ url: database.url }), NAMES, drop)
    t.strictSame(await objects(database), before, drop)
  }
})

t.test('all that they make is on the list that the start looks for', async (t) => {
  const database = await createEmptyDatabase(t)
  await migrate({ url: database.url })
  const names = (sql: string): Promise<unknown> => database.query<{ name: string }>(sql).then((rows) => rows.map(({ name }) => name))
  t.strictSame(await names("select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1"), [...TABLES].sort())
  t.strictSame(await names("select proname as name from pg_proc where pronamespace = 'public'::regnamespace order by 1"), [...FUNCTIONS].sort())
  t.strictSame(await names('select tgname as name from pg_trigger where not tgisinternal order by 1'), [...TRIGGERS].sort())
})

t.test('no connection of the migrations stays', async (t) => {
  const database = await createEmptyDatabase(t)
  await database.query('select 1')
  await migrate({ url: database.url })
  // The server takes a moment to notice that a client has gone.
  while (await others(database) > 0);
  t.equal(await others(database), 0)
})

t.test('a migration that fails says why, and leaves neither tables nor lock nor connection', async (t) => {
  const database = await createEmptyDatabase(t)
  await database.query('create table live_session_event (mine int)')
  await t.rejects(migrate({ url: database.url }), { message: /live_session_event/ })
  t.strictSame(await database.query("select to_regclass('live_session') as made"), [{ made: null }])
  await database.query('drop table live_session_event')
  t.strictSame(await migrate({ url: database.url }), NAMES)
})

t.test('the command line', { skip: existsSync(PROGRAMS.commandLine) ? false : 'not built: npm run build' }, async (t) => {
  const database = await createEmptyDatabase(t)
  const run = async (...args: string[]): Promise<Ended> => await runCommand(args)
  t.match(await runCommand(['migrate', '--json', '--url', database.url], {}, { asBuilt: true }), { code: 0, stdout: `${JSON.stringify({ migrations: NAMES })}\n`, stderr: '' }, 'migrates')
  t.match(await run('migrate', '--url', database.url), { code: 0, stdout: /Nothing to do/ }, 'and says when there is nothing to do')
  t.match(await run('migrate', '--schema', 'other', '--url', database.url), { code: 1, stderr: /no schema "other"/ }, 'makes no schema')
  await database.query('create schema other')
  t.match(await run('migrate', '--schema', 'other', '--url', database.url), { code: 0, stdout: /Done: Migration20261123Initial/ }, 'in another schema')
  t.match(await run('--help'), { code: 0, stdout: /Usage: fastify-live-sessions/ }, 'explains itself')
  for (const [args, why] of [
    [[], /no command given/], [['fly'], /no command "fly"/], [['migrate', 'twice'], /no command/], [['migrate', '--nope'], /--nope/],
    [['migrate'], /DATABASE_URL/], [['migrate', '--url', 'mysql://127.0.0.1/x'], /postgres/]
  ] as const) {
    t.match(await run(...args), { code: 2, stdout: '', stderr: why }, `refuses: ${args.join(' ') || 'nothing'}`)
  }
  const failed = await run('migrate', '--json', '--url', 'postgres://nobody@127.0.0.1:1/none')
  t.match(failed, { code: 1, stdout: '' }, 'fails where nobody answers')
  t.match(JSON.parse(failed.stderr), { error: String })
})

t.test('the trigger learns of the reason that was added: an end with it is not said to be a policy\'s', async (t) => {
  const database = await createEmptyDatabase(t)
  await migrate({ url: database.url })
  const endAs = async (reason: string): Promise<unknown[]> => {
    await database.query("insert into live_session (id, user_id, device_name, device_type, user_agent, expires_at) values (gen_random_uuid(), $1, 'x', 'unknown', '', now() + interval '1 day')", [reason])
    return await database.query('update live_session set revoked_at = now(), revoked_reason = $1 where user_id = $1 and revoked_at is null returning revoked_reason', [reason])
  }
  const [source] = await database.query<{ text: string }>("select pg_get_functiondef('live_session_guard'::regproc) as text")
  await database.query((source?.text ?? '').replace("'replaced', ", ''))
  await database.query("delete from live_session_migrations where name = 'Migration20261128Reasons'")
  t.strictSame(await endAs('replaced'), [{ revoked_reason: 'policy' }], 'before')
  t.strictSame(await migrate({ url: database.url }), ['Migration20261128Reasons'])
  t.strictSame(await endAs('replaced'), [{ revoked_reason: 'replaced' }])
  t.strictSame(await endAs('made up'), [{ revoked_reason: 'policy' }])
})

t.test('addresses that older versions wrote as they came get their one form, and what was none is gone', async (t) => {
  const database = await createEmptyDatabase(t)
  await migrate({ url: database.url })
  await database.query("delete from live_session_migrations where name = 'Migration20261128Addresses'")
  const written: Array<[text: string | null, clean: string | null]> = [
    [null, null], ['192.0.2.1', '192.0.2.1'], ['::ffff:192.0.2.1', '192.0.2.1'], ['::FFFF:c000:0201', '192.0.2.1'], ['192.0.2.1:51234', '192.0.2.1'], ['[2001:DB8::1]:443', '2001:db8::1'],
    ['2001:0db8:0:0:0:0:0:1', '2001:db8::1'], ['fe80::1%eth0', 'fe80::1'], ['2001:db8::1', '2001:db8::1'], ['unknown', null], ['<b>', null], ['2001:db8::/32', null]
  ]
  for (const [text, clean] of written) {
    await database.query(`insert into live_session (id, user_id, device_name, device_type, user_agent, expires_at, ip_address, addresses)
      values (gen_random_uuid(), $2, 'x', 'unknown', '', now() + interval '1 day', $1,
        case when $1::text is null then '[]'::jsonb else jsonb_build_array(jsonb_build_object('ip', $1::text, 'at', '2026-11-28T10:00:00Z'), jsonb_build_object('ip', '198.51.100.1', 'at', '2026-11-27T10:00:00Z'))
            || case when $1 like '%ffff%' then '[{"ip": "192.0.2.1", "at": "2026-11-26T10:00:00Z"}]'::jsonb else '[]'::jsonb end end)`, [text, clean ?? 'none'])
    await database.query("insert into live_session_event (type, user_id, ip_address) values ('opened', $2, $1)", [text, clean ?? 'none'])
  }
  const before = await database.query<{ xmin: string }>("select xmin::text from live_session where ip_address in ('192.0.2.1', '2001:db8::1') order by id")
  t.strictSame(await migrate({ url: database.url }), ['Migration20261128Addresses'])
  for (const row of await database.query<{ user_id: string, ip_address: string | null, addresses: Array<{ ip: string, at: string }> }>('select user_id, ip_address, addresses from live_session')) {
    t.equal(row.ip_address ?? 'none', row.user_id)
    const kept = row.addresses.map(({ ip }) => ip)
    t.strictSame(kept, [...new Set(kept)], 'each once')
    if (kept.length > 0) t.strictSame(kept, row.ip_address === null ? ['198.51.100.1'] : [row.ip_address, '198.51.100.1'])
    if (row.ip_address !== null) t.equal(row.addresses[0]?.at, '2026-11-28T10:00:00Z', 'with the latest time')
  }
  t.match(await database.query("select count(*)::int from live_session_event where coalesce(ip_address, 'none') <> user_id"), [{ count: 0 }])
  const untouched = new Set((await database.query<{ xmin: string }>('select xmin::text from live_session')).map(({ xmin }) => xmin))
  t.ok(before.filter(({ xmin }) => untouched.has(xmin)).length >= 1, 'rows that were right are not written')
  t.match(await database.query("select count(*)::int from pg_proc where proname = 'live_session_clean_address'"), [{ count: 0 }])
  t.equal(await differences(t, database), '')
})

t.test('whoever signed in before there was a list of known devices is known', async (t) => {
  const database = await createEmptyDatabase(t)
  await migrate({ url: database.url })
  for (const [device, ip, day] of [['laptop', '192.0.2.1', 1], ['laptop', '2001:db8::1', 2], ['laptop', '192.0.2.1', 3], [null, '192.0.2.9', 4]] as const) {
    await database.query(`insert into live_session (id, user_id, device_id, ip_address, created_at, device_name, device_type, user_agent, expires_at)
      values (gen_random_uuid(), 'ann', $1, $2, timestamptz '2026-11-01' + $3 * interval '1 day', 'x', 'unknown', '', now() + interval '1 day')`, [device, ip, day])
  }
  await database.query("delete from live_session_migrations where name = 'Migration20261128Devices'")
  t.strictSame(await migrate({ url: database.url }), ['Migration20261128Devices'])
  t.strictSame(await database.query('select user_id, device_id, (last_at - first_at)::text as span, networks from live_session_device'), [{ user_id: 'ann', device_id: 'laptop', span: '2 days', networks: ['192.0.2.1'] }])
})

t.test('a known device\'s networks get the time of its latest login, once', async (t) => {
  const database = await createEmptyDatabase(t)
  await migrate({ url: database.url })
  await database.query(`insert into live_session_device (user_id, device_id, last_at, networks) values
    ('ann', 'laptop', '2026-11-01T00:00:00Z', '["192.0.2.1", {"network": "192.0.2.2", "at": "2026-10-01T00:00:00+00:00"}]'), ('ann', 'phone', now(), '[]')`)
  for (let times = 0; times < 2; times++) {
    await database.query("delete from live_session_migrations where name = 'Migration20261128Networks'")
    t.strictSame(await migrate({ url: database.url }), ['Migration20261128Networks'])
    const [laptop, phone] = await database.query<{ networks: Array<{ network: string, at: string }> }>('select networks from live_session_device order by device_id')
    t.same(laptop?.networks.map(({ network, at }) => [network, new Date(at).toISOString()]), [['192.0.2.1', '2026-11-01T00:00:00.000Z'], ['192.0.2.2', '2026-10-01T00:00:00.000Z']])
    t.same(phone?.networks, [])
  }
})
