/** The connection's own schema: tables go where PostgreSQL's search_path says, all of them there, and never into a schema that two apps would share by accident. */
import { MikroORM } from '@mikro-orm/postgresql'
import t, { type Test } from 'tap'
import type { LiveSessionsOptions } from '../../plugins/index.ts'
import { TABLES } from '../../src/database/tables.ts'
import { migrate } from '../../src/database/migrate.ts'
import { parsed, runCommand } from '../helpers/command-line.ts'
import { buildApp } from '../helpers/app.ts'
import { until } from '../helpers/cluster.ts'
import { createEmptyDatabase, type TestDatabase } from '../helpers/database.ts'
import { logIn } from '../helpers/device.ts'
import { createRole } from '../helpers/role.ts'

/** Where there is anything of ours: tables, functions and types. */
async function places ({ query }: TestDatabase): Promise<Record<string, number>> {
  const rows = await query<{ schema: string, count: number }>(`
    select schema, count(*)::int as count from (
      select relnamespace::regnamespace::text as schema from pg_class where relname like 'live_session%' or relname like 'mikro_orm%'
      union all select pronamespace::regnamespace::text from pg_proc where proname like 'live_session%'
    ) as each group by schema`)
  return Object.fromEntries(rows.map(({ schema, count }) => [schema.replaceAll('"', ''), count]))
}

/** Starts, signs in, lists and signs out: every table is used. */
async function works (t: Test, database: TestDatabase, options: Partial<LiveSessionsOptions>): Promise<void> {
  const { app, address } = await buildApp(t, { database, options: { migrate: true, ...options } })
  const [phone, other] = [await logIn(address), await logIn(address)]
  t.match((await phone.ask<Array<{ id: string }>>('GET', '/api/sessions')).body.map(({ id }) => id).sort(), [phone.id, other.id].sort())
  t.match(await phone.ask('POST', '/api/auth/logout'), { status: 200 })
  t.match(await other.ask('DELETE', '/api/sessions'), { status: 200, body: { count: 1, confirmed: true } })
  await app.sessions.cleanup()
  await app.close()
}

const withPath = (url: string, path: string): string => `${url}?options=${encodeURIComponent(`-c search_path=${path}`)}`

t.test('a role with a schema of its own, as PostgreSQL 15 advises: everything is in there, from the app and from the command line', async (t) => {
  const database = await createEmptyDatabase(t)
  const role = await createRole(t, database)
  await database.query(`revoke create on schema public from public; create schema authorization ${role.name}`)
  await works(t, database, { database: role.url })
  const before = await places(database)
  t.same(Object.keys(before), [role.name])
  t.match(await runCommand(['migrate', '--url', role.url]), { code: 0, stdout: /Nothing to do/ })
  t.match(await runCommand(['doctor', '--url', role.url, '--watch-ms', '1']), { code: 0 })
  t.match(parsed<{ schema: string }>(await runCommand(['migrate', '--print-grants', '--json', '--url', role.url], {}, { asBuilt: true })), { schema: role.name })
  t.match(await runCommand(['list', '--user', 'user@example.com', '--ended', '--json', '--url', role.url]), { code: 0 })
  await works(t, database, { database: role.url, migrate: false })
  t.same(await places(database), before)
})

t.test('two roles with a schema each in one database share nothing', async (t) => {
  const database = await createEmptyDatabase(t)
  const roles = [await createRole(t, database), await createRole(t, database)]
  for (const { name } of roles) await database.query(`create schema authorization ${name}`)
  for (const { url } of roles) await works(t, database, { database: url })
  for (const { name } of roles) t.same(await database.query(`select count(*)::int as count from ${name}.live_session`), [{ count: 2 }])
  t.same(Object.keys(await places(database)).sort(), roles.map(({ name }) => name).sort())
})

for (const [title, path] of [['alone', 'myapp'], ['before public', 'myapp,public'], ['quoted, after a "$user" that has no schema', '"$user","myapp",public']] as const) {
  t.test(`a search_path that names a schema ${title}: nothing is in public, though another app's tables are there`, async (t) => {
    const database = await createEmptyDatabase(t)
    await database.query('create schema myapp')
    await migrate({ url: database.url })
    const { public: others } = await places(database)
    await works(t, database, { database: withPath(database.url, path) })
    t.same(await places(database), { public: others, myapp: others })
    t.same(await database.query('select count(*)::int as count from public.live_session'), [{ count: 0 }])
    for (const table of TABLES) t.ok((await database.query('select from pg_class where relname = $1 and relnamespace = \'myapp\'::regnamespace', [table])).length, table)
  })
}

t.test('set for the role, or in an app\'s own MikroORM and pool, it counts the same; and a search_path that changes later moves nothing', async (t) => {
  const database = await createEmptyDatabase(t)
  const role = await createRole(t, database)
  await database.query(`create schema myapp authorization ${role.name}; alter role ${role.name} set search_path = myapp, public`)
  await works(t, database, { database: role.url })
  t.same(Object.keys(await places(database)), ['myapp'])
  const orm = await MikroORM.init({ clientUrl: role.url, entities: [], discovery: { warnWhenNoEntities: false, disableDynamicFileAccess: true }, logger: () => {} })
  t.teardown(async () => { await orm.close(true) })
  await works(t, database, { database: orm })
  const { app, address } = await buildApp(t, { database, options: { database: role.url } })
  const phone = await logIn(address)
  await database.query(`alter role ${role.name} set search_path = public`)
  // New connections look elsewhere from now on.
  await database.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [role.name])
  await until(() => phone.ask('GET', '/api/sessions'), ({ status }) => status === 200)
  t.same(Object.keys(await places(database)), ['myapp'])
  await app.close()
})

t.test('a schema that may not be used, or that is not there, ends the start: the next one in the path is never taken', async (t) => {
  const database = await createEmptyDatabase(t)
  const role = await createRole(t, database)
  await database.query('create schema myapp')
  for (const [path, code] of [['myapp,public', 'SESSION_DATABASE_FORBIDDEN'], ['slip,public', 'SESSION_SCHEMA_NOT_FOUND']] as const) {
    await t.rejects(buildApp(t, { database, options: { database: withPath(role.url, path), migrate: true } }), { code })
  }
  await database.query(`grant usage on schema myapp to ${role.name}`)
  await t.rejects(buildApp(t, { database, options: { database: withPath(role.url, 'myapp,public'), migrate: true } }), { code: 'SESSION_DATABASE_FORBIDDEN', message: /schema "myapp"/ })
  t.same(await places(database), {})
})
