/** PostgreSQL: its version and role, the migrations, the triggers, the rights of the user, and its clock beside ours. */
import { tableIn, type Sql } from '../../sql.ts'
import { ok, note, problem, type Check } from './check.ts'

const OLDEST_VERSION = 130_000
const TRIGGERS = ['live_session_guard', 'live_session_keep', 'live_session_keep_all'] as const
const TABLES = ['live_session', 'live_session_event', 'live_session_node'] as const
const RIGHTS = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const
/** An end shows this much early or late on another machine; nobody is admitted who should not be. */
const MAX_CLOCK_DIFFERENCE_MS = 2_000
const CLOCK_READINGS = 5
const MIGRATE = 'run: npx fastify-live-sessions migrate (with the same --url and --schema)'

export async function checkServer (sql: Sql): Promise<Check> {
  const begin = performance.now()
  const [row] = await sql<{ version: string, number: number, replica: boolean, readOnly: boolean }>(`
    select current_setting('server_version') as version, current_setting('server_version_num')::int as number,
      pg_is_in_recovery() as replica, current_setting('transaction_read_only') = 'on' as "readOnly"`)
  const ms = Math.max(1, Math.round(performance.now() - begin))
  const { version, number, replica, readOnly } = row as NonNullable<typeof row>
  if (number < OLDEST_VERSION) return problem('database', `PostgreSQL ${version} is too old`, 'use PostgreSQL 13 or later')
  if (replica) return problem('database', `PostgreSQL ${version} answers, but it is a replica`, 'give the primary in --url, and in the app: sessions are checked there')
  if (readOnly) return problem('database', `PostgreSQL ${version} answers, but takes no changes (default_transaction_read_only)`, 'give a user and a database that may be written to')
  return ok('database', `PostgreSQL ${version} answers in ${ms} ms; it is a primary`)
}

export async function checkMigrations (sql: Sql, schema: string | undefined): Promise<Check> {
  const [{ MIGRATIONS_TABLE }, { migrations }] = await Promise.all([import('../../session/migrate.ts'), import('../../session/migrations/index.ts')])
  const expected = migrations.map(({ name }) => name)
  // The migrator keeps its table in "public" where no schema is given.
  const table = tableIn(schema ?? 'public', MIGRATIONS_TABLE)
  const [there] = await sql<{ there: boolean }>('select to_regclass($1) is not null as there', [table])
  if (there?.there !== true) return problem('migrations', `The tables are not there${schema === undefined ? '' : `, in the schema ${schema}`}`, MIGRATE)
  const done = (await sql<{ name: string }>(`select name from ${table} order by name`)).map(({ name }) => name)
  const missing = expected.filter((name) => !done.includes(name))
  const unknown = done.filter((name) => !expected.includes(name))
  if (missing.length > 0) return problem('migrations', `Migrations are missing: ${missing.join(', ')}`, MIGRATE)
  if (unknown.length > 0) return note('migrations', `The tables are newer than this version of the package, which does not know: ${unknown.join(', ')}`)
  return ok('migrations', `The tables are up to date: ${done.join(', ')}`)
}

/** Without them an end has no number, and no node would ever read it. */
export async function checkTriggers (sql: Sql, schema: string | undefined): Promise<Check> {
  const rows = await sql<{ name: string }>(`
    select tgname as name from pg_trigger where tgrelid = to_regclass($1) and not tgisinternal and tgenabled in ('O', 'A')`, [tableIn(schema, 'live_session')])
  const working = rows.map(({ name }) => name)
  const missing = TRIGGERS.filter((name) => !working.includes(name))
  if (missing.length === 0) return ok('triggers', `The triggers are in place: ${TRIGGERS.join(', ')}`)
  return problem('triggers', `Triggers are missing or disabled: ${missing.join(', ')}. Ends of sessions may never reach a node`,
    `alter table ${tableIn(schema, 'live_session')} enable trigger all; what was dropped is in the first migration`)
}

export async function checkRights (sql: Sql, schema: string | undefined): Promise<Check> {
  const rows = await sql<{ name: string, missing: string }>(`
    select t.name, r.name as missing from unnest($1::text[]) as t (name) cross join unnest($2::text[]) as r (name)
    where not has_table_privilege(to_regclass(t.name), r.name)`, [TABLES.map((table) => tableIn(schema, table)), [...RIGHTS]])
  if (rows.length === 0) return ok('rights', 'The user of --url may read and write the tables')
  return problem('rights', `The user of --url lacks rights: ${rows.map(({ name, missing }) => `${missing} on ${name}`).join(', ')}`, 'grant them, or give another user')
}

/** The quickest of some readings is the least blurred. */
export async function checkClock (sql: Sql): Promise<Check> {
  let best = { difference: 0, blur: Infinity }
  for (let reading = 0; reading < CLOCK_READINGS; reading++) {
    const begin = Date.now()
    const began = performance.now()
    const [row] = await sql<{ now: number }>('select (extract(epoch from clock_timestamp()) * 1000)::float8 as now')
    const took = performance.now() - began
    if (took < best.blur) best = { difference: (row?.now ?? 0) - (begin + took / 2), blur: took }
  }
  const ms = Math.round(Math.abs(best.difference))
  const words = `The database's clock is ${ms} ms ${best.difference < 0 ? 'behind' : 'ahead of'} this machine's`
  if (ms <= MAX_CLOCK_DIFFERENCE_MS + best.blur / 2) return ok('clock', words)
  return problem('clock', words, 'let both keep time by NTP: sessions would expire early or late')
}
