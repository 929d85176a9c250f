/**
 * Before anything else opens: is PostgreSQL there and fit, are our tables there and may we use them? Migrates where
 * that is wanted.
 */
import type { Client } from 'pg'
import { explained } from './driver-problems.ts'
import { inspectSchema, inspectServer } from './inspect.ts'
import { migrateCommand } from './migrate-command.ts'
import { quoted, throwProblem, type ProblemContext } from './problem.ts'
import { checkRights, checkServer, checkTables, isWhole, type Found } from './start-checks.ts'
import { DeadlinePassed, onStartConnection, type DatabaseAddress, type StartSource } from './start-connection.ts'
import type { Sql } from './sql.ts'

export interface StartDatabaseOptions {
  source: StartSource
  /** The schema that was asked for; undefined: the connection's own. */
  schema: string | undefined
  migrate: boolean
  /** For the migrations alone; undefined: the source's own connections. */
  migrationUrl?: string | undefined
  /** How long looking may take from now on, and how long migrating, in ms; null: as long as it likes. */
  lookWithinMs: () => number | null
  migrateWithinMs: () => number | null
}

export interface StartedDatabase {
  /** Where our tables are, for certain. */
  schema: string
  /** The migrations that ran. */
  migrated: string[]
  /** For the log. */
  address: DatabaseAddress
  /** What was looked through, still open; null where it was one of the app's pool. Whoever takes it closes it. */
  client: Client | null
}

const OPTION = 'option "database"'
const MIGRATION_OPTION = 'option "migrationUrl"'

/** Throws a coded error, with the remedy, for whatever is not as it must be. */
export async function startDatabase (options: StartDatabaseOptions): Promise<StartedDatabase> {
  const { source, migrationUrl, migrate, migrateWithinMs } = options
  const { found, client } = await look(options, (found) => {
    if (!migrate) checkTables(found)
    else if (isWhole(found.facts)) checkRights(found)
  })
  const { schema, facts, address } = found
  if (!migrate || isWhole(facts)) return { schema, migrated: [], address, client }
  await client?.end().catch(() => {})
  const [from, option]: [StartSource, string] = migrationUrl === undefined
    ? [source, OPTION]
    : [{ url: migrationUrl }, MIGRATION_OPTION]
  const withinMs = migrateWithinMs()
  const migrated = await onStartConnection(
    { source: from, withinMs },
    (sql, address) => migrateSchema(sql, schema, { address, option }),
    explained(option, schema, withinMs)
  )
  const { client: last } = await look({ ...options, schema }, checkRights)
  return { schema, migrated, address, client: last }
}

/** Gives what it found, and the connection that it was found on: null where that is one of the app's pool. */
async function look (
  { source, schema, lookWithinMs }: StartDatabaseOptions,
  check: (found: Found) => void
): Promise<{ found: Found, client: Client | null }> {
  let client: Client | null = null
  const found = await onStartConnection(
    { source, withinMs: lookWithinMs(), keep: (kept) => { client = kept } },
    async (sql, address) => {
      const found = await checkServer(sql, { address, option: OPTION }, { schema })
      check(found)
      return found
    },
    explained(OPTION, schema)
  )
  return { found, client }
}

/** What comes after it, with the same words for what goes wrong, and a deadline of its own. */
export async function whileStarting<T> (
  { address, schema, withinMs }: { address: DatabaseAddress, schema: string, withinMs: number },
  work: Promise<T>
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new DeadlinePassed(withinMs, false))
    }, withinMs)
  })
  try {
    return await Promise.race([work, late])
  } catch (error) {
    throw explained(OPTION, schema)(error, address)
  } finally {
    clearTimeout(timer)
  }
}

/** The tables brought up to date over this one connection, and nothing else: the command line's `migrate`. */
export async function migrateDatabase (
  { url, schema, option, schemaOption }: {
    url: string,
    schema: string | undefined,
    option: string,
    schemaOption: string
  }
): Promise<string[]> {
  return await onStartConnection({ source: { url }, withinMs: null }, async (sql, address) => {
    const found = await checkServer(sql, { address, option, schemaOption }, { schema })
    return isWhole(found.facts) ? [] : await migrateSchema(sql, found.schema, { address, option })
  }, explained(option, schema))
}

async function migrateSchema (sql: Sql, schema: string, context: ProblemContext): Promise<string[]> {
  const facts = await inspectSchema(sql, schema)
  if (facts !== null && !facts.mayCreate) {
    const { user } = await inspectServer(sql)
    throwProblem(
      'SESSION_DATABASE_FORBIDDEN',
      context,
      `does not let the user "${user}" make our tables in the schema "${schema}"`,
      `grant create on schema ${quoted(schema)} to ${quoted(user)}; or run "${
        migrateCommand({ schema })
      }" once as another user, grant what "${
        migrateCommand({ schema, grants: { role: user } })
      }" prints, and give the app migrate: false`
    )
  }
  // Loaded here: a start that has nothing to migrate is quicker.
  const { runMigrations } = await import('./run-migrations.ts')
  return await runMigrations(sql, schema)
}
