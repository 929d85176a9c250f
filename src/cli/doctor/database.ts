/**
 * PostgreSQL: its version and role, our tables, triggers and functions, the rights of the user, and its clock beside
 * ours.
 */
import { tableIn, type Sql } from '../../database/sql.ts'
import { inspectSchema, inspectServer, type SchemaFacts } from '../../database/inspect.ts'
import { migrateCommand } from '../../database/migrate-command.ts'
import { MIGRATION_NAMES } from '../../database/migrations/names.ts'
import { FUNCTIONS, TABLES, TRIGGERS } from '../../database/tables.ts'
import { ok, note, problem, type Check } from './check.ts'

const OLDEST_VERSION = 130_000
/** An end shows this much early or late on another machine; nobody is admitted who should not be. */
const MAX_CLOCK_DIFFERENCE_MS = 2_000
const CLOCK_READINGS = 5

export async function checkServer (sql: Sql): Promise<Check> {
  const begin = performance.now()
  const [row] = await sql<{ version: string, number: number, replica: boolean, readOnly: boolean }>(`
    select current_setting('server_version') as version, current_setting('server_version_num')::int as number,
      pg_is_in_recovery() as replica, current_setting('transaction_read_only') = 'on' as "readOnly"`)
  const ms = Math.max(1, Math.round(performance.now() - begin))
  const { version, number, replica, readOnly } = row as NonNullable<typeof row>
  if (number < OLDEST_VERSION) {
    return problem('database', `PostgreSQL ${version} is too old`, 'use PostgreSQL 13 or later')
  }
  if (replica) {
    return problem(
      'database',
      `PostgreSQL ${version} answers, but it is a replica`,
      'give the primary in --url, and in the app: sessions are checked there'
    )
  }
  if (readOnly) {
    return problem(
      'database',
      `PostgreSQL ${version} answers, but takes no changes (default_transaction_read_only)`,
      'give a user and a database that may be written to'
    )
  }
  return ok('database', `PostgreSQL ${version} answers in ${ms} ms; it is a primary`)
}

/** What of ours is there, and what this user may do with it. */
export async function checkTables (sql: Sql, schema: string): Promise<Check[]> {
  const [facts, { user }] = [await inspectSchema(sql, schema), await inspectServer(sql)]
  const remedy = `run: ${migrateCommand({ schema })} (with the same --url)`
  if (facts === null) {
    return [
      problem('migrations', `The tables are not there: there is no schema ${schema}`, 'give the right one in --schema')
    ]
  }
  const absent = (kind: string): string[] =>
    facts.missing.filter((name) => name.startsWith(`${kind} `)).map((name) => name.slice(kind.length + 1))
  const [tables, triggers, functions] = [absent('table'), absent('trigger'), absent('function')]
  if (tables.length === TABLES.length) {
    return [problem('migrations', `The tables are not there, in the schema ${schema}`, remedy)]
  }
  return [
    checkMigrations(facts, { schema, tables, remedy }),
    triggers.length === 0
      ? ok('triggers', `The triggers are in place: ${TRIGGERS.join(', ')}`)
      : problem(
        'triggers',
        `Triggers are missing or disabled: ${triggers.join(', ')}. Ends of sessions may never reach a node`,
        `${remedy}; or: alter table ${tableIn(schema, 'live_session')} enable trigger all`
      ),
    functions.length === 0
      ? ok('functions', `The functions are in place: ${FUNCTIONS.join(', ')}`)
      : problem('functions', `Functions are missing: ${functions.join(', ')}`, remedy),
    facts.lacking.length === 0
      ? ok('rights', 'The user of --url may read and write the tables, and call what it needs')
      : problem(
        'rights',
        `The user of --url lacks rights: ${facts.lacking.join(', ')}`,
        `run what "${
          migrateCommand({ schema, grants: { role: user } })
        }" prints, as the tables' owner, or give another user`
      )
  ]
}

function checkMigrations (
  { migrations }: SchemaFacts,
  { schema, tables, remedy }: { schema: string, tables: readonly string[], remedy: string }
): Check {
  if (tables.length > 0) {
    return problem('migrations', `Tables are missing in the schema ${schema}: ${tables.join(', ')}`, remedy)
  }
  if (migrations === null) {
    return note(
      'migrations',
      `Which migrations are done can't be read by this user; all tables are there: ${TABLES.join(', ')}`
    )
  }
  const missing = MIGRATION_NAMES.filter((name) => !migrations.includes(name))
  const unknown = migrations.filter((name) => !(MIGRATION_NAMES as readonly string[]).includes(name))
  if (missing.length > 0) return problem('migrations', `Migrations are missing: ${missing.join(', ')}`, remedy)
  if (unknown.length > 0) {
    return note(
      'migrations',
      `The tables are newer than this version of the package, which does not know: ${unknown.join(', ')}`
    )
  }
  return ok('migrations', `The tables are up to date: ${migrations.join(', ')}; there are ${TABLES.join(', ')}`)
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
