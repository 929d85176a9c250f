/** Runs the migrations that are missing, in the caller's transaction: all or none, one process at a time. */
import { tableIn, type Sql } from './sql.ts'
import { inspectSchema } from './inspect.ts'
import { migrations } from './migrations/index.ts'
import { MIGRATIONS_TABLE } from './tables.ts'

/** Any fixed number of our own; every node of every version takes the same. */
const LOCK = 5_184_471_212

/** The names of those that it ran. Rejects with the driver's error. */
export async function runMigrations (sql: Sql, schema: string): Promise<string[]> {
  // Of the transaction: whatever becomes of this process or of a pooler, it is let go.
  await sql('select from pg_advisory_xact_lock($1::bigint)', [LOCK])
  const found = await inspectSchema(sql, schema)
  const list = tableIn(schema, MIGRATIONS_TABLE)
  await sql(`create table if not exists ${list} (
      id serial primary key, name varchar(255), executed_at timestamptz default current_timestamp)`)
  // Whatever the list says, what another tool has dropped must come back.
  const whole = found?.missing.length === 0
  if (!whole) await sql(`delete from ${list}`)
  const done = whole ? found.migrations ?? [] : []
  const due = migrations.filter(({ name }) => !done.includes(name))
  if (due.length === 0) return []
  for (const { name, statements } of due) {
    for (const statement of statements(schema)) await run(sql, statement)
    await sql(`insert into ${list} (name) values ($1)`, [name])
  }
  return due.map(({ name }) => name)
}

const SHOWN = 80

/** PostgreSQL says which column or name it stumbled over, and not in which statement. */
async function run (sql: Sql, statement: string): Promise<void> {
  try {
    await sql(statement)
  } catch (error) {
    if (error instanceof Error) error.message += `, in "${statement.replace(/\s+/g, ' ').trim().slice(0, SHOWN)} …"`
    throw error
  }
}
