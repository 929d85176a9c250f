/**
 * Before anything else opens: is PostgreSQL there and fit, are our tables there and may we use them? Migrates where
 * that is wanted.
 */
import { StartProblem } from '../errors.ts'
import { databaseProblem, problem, quoted, type Problem, type ProblemCode, type ProblemContext } from './problems.ts'
import { inspectSchema, inspectServer, type SchemaFacts, type ServerFacts } from './inspect.ts'
import { migrateCommand } from './migrate-command.ts'
import { MIGRATION_NAMES } from './migrations/names.ts'
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
}

const OLDEST_VERSION = 130_000
const OPTION = 'option "database"'
const MIGRATION_OPTION = 'option "migrationUrl"'

/** Throws a coded error, with the remedy, for whatever is not as it must be. */
export async function startDatabase (options: StartDatabaseOptions): Promise<StartedDatabase> {
  const { source, migrationUrl, migrate, lookWithinMs, migrateWithinMs } = options
  const found = await onStartConnection(
    { source, withinMs: lookWithinMs() },
    (sql, address) => inspect(sql, { address, option: OPTION }, options),
    explained(OPTION, options.schema)
  )
  const { schema, facts, address } = found
  if (!migrate) {
    checkTables(found)
    return { schema, migrated: [], address }
  }
  if (isWhole(facts)) {
    checkRights(found)
    return { schema, migrated: [], address }
  }
  const [from, option]: [StartSource, string] = migrationUrl === undefined
    ? [source, OPTION]
    : [{ url: migrationUrl }, MIGRATION_OPTION]
  const withinMs = migrateWithinMs()
  const migrated = await onStartConnection(
    { source: from, withinMs },
    (sql, address) => migrateSchema(sql, schema, { address, option }),
    explained(option, schema, withinMs)
  )
  checkRights(
    await onStartConnection({ source, withinMs: lookWithinMs() }, (sql, address) =>
      inspect(sql, { address, option: OPTION }, options), explained(OPTION, schema))
  )
  return { schema, migrated, address }
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
    const found = await inspect(sql, { address, option, schemaOption }, { schema })
    return isWhole(found.facts) ? [] : await migrateSchema(sql, found.schema, { address, option })
  }, explained(option, schema))
}

export interface Found {
  context: ProblemContext
  address: DatabaseAddress
  schema: string
  server: ServerFacts
  facts: SchemaFacts
}

/** What every start needs: a server that is new enough and may be written to, and a schema that exists. */
export async function inspect (
  sql: Sql,
  context: ProblemContext,
  { schema: asked }: { schema: string | undefined }
): Promise<Found> {
  const server = await inspectServer(sql)
  const { address, option, schemaOption = 'database.schema' } = context
  if (server.versionNumber < OLDEST_VERSION) {
    fail(
      'SESSION_DATABASE_UNSUITABLE',
      context,
      `is version ${server.version}, which is too old`,
      'use PostgreSQL 13 or later'
    )
  }
  if (server.replica) {
    fail(
      'SESSION_DATABASE_UNSUITABLE',
      context,
      'is a replica and takes no changes',
      `give the primary in ${option}: a replica hears of ends too late`
    )
  }
  if (server.readOnly) {
    fail(
      'SESSION_DATABASE_UNSUITABLE',
      context,
      `takes no changes from the user "${server.user}" (default_transaction_read_only is on)`,
      `alter role ${
        quoted(server.user)
      } set default_transaction_read_only = off; look at the database's own setting, too`
    )
  }
  const schema = asked ?? server.ownSchema
  if (schema === null) {
    fail(
      'SESSION_SCHEMA_NOT_FOUND',
      context,
      'gives this connection no schema: its search_path is empty',
      `name one in ${schemaOption}`
    )
  }
  const facts = await inspectSchema(sql, schema)
  if (facts === null) {
    const why = asked === undefined
      ? `, the first one in this connection's search_path (${server.searchPath.join(', ')})`
      : ''
    fail(
      'SESSION_SCHEMA_NOT_FOUND',
      context,
      `has no schema "${schema}" in the database "${address.database}"${why}`,
      `create it (create schema ${quoted(schema)}), or correct ${
        asked === undefined ? `the search_path, or name another one in ${schemaOption}` : schemaOption
      }`
    )
  }
  if (!facts.mayUse) {
    fail(
      'SESSION_DATABASE_FORBIDDEN',
      context,
      `does not let the user "${server.user}" use the schema "${schema}"`,
      `grant usage on schema ${quoted(schema)} to ${quoted(server.user)}`
    )
  }
  return { context, address, schema, server, facts }
}

async function migrateSchema (sql: Sql, schema: string, context: ProblemContext): Promise<string[]> {
  const facts = await inspectSchema(sql, schema)
  if (facts !== null && !facts.mayCreate) {
    const { user } = await inspectServer(sql)
    fail(
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

/** Newer migrations than ours do no harm. */
function isWhole ({ missing, migrations }: SchemaFacts): boolean {
  return missing.length === 0 && (migrations === null || MIGRATION_NAMES.every((name) => migrations.includes(name)))
}

function checkTables (found: Found): void {
  const { context, schema, facts: { missing, migrations } } = found
  const remedy = `run: ${migrateCommand({ schema })} (or leave out migrate: false)`
  if (missing.length > 0) {
    fail('SESSION_TABLES_MISSING', context, `lacks, in the schema "${schema}": ${missing.join(', ')}`, remedy)
  }
  const undone = migrations === null ? [] : MIGRATION_NAMES.filter((name) => !migrations.includes(name))
  if (undone.length > 0) {
    fail(
      'SESSION_TABLES_MISSING',
      context,
      `has tables of an older version, in the schema "${schema}"; missing: ${undone.join(', ')}`,
      remedy
    )
  }
  checkRights(found)
}

function checkRights ({ context, server, schema, facts: { lacking } }: Found): void {
  if (lacking.length === 0) return
  fail(
    'SESSION_DATABASE_FORBIDDEN',
    context,
    `does not give the user "${server.user}" all rights in the schema "${schema}"; missing: ${lacking.join(', ')}`,
    `run what "${migrateCommand({ schema, grants: { role: server.user } })}" prints, as the tables' owner`
  )
}

/** What the driver throws, in our words. What has words already stays. */
function explained (
  option: string,
  schema?: string,
  migratingMs?: number | null
): (error: unknown, address: DatabaseAddress) => unknown {
  return (error, address) => {
    if (error instanceof Error && String((error as { code?: unknown }).code).startsWith('SESSION_')) return error
    const context = { address, option, schema }
    if (migratingMs != null && error instanceof DeadlinePassed && error.connected) {
      return asError(
        problem(
          'SESSION_DATABASE_UNREACHABLE',
          context,
          `was not done with our migrations within ${migratingMs} ms (another node may be at it, or a lock is in the way)`,
          `run "${migrateCommand({ schema })}" before the start, or raise Fastify's pluginTimeout`
        ),
        option,
        error
      )
    }
    return asError(databaseProblem(error, context), option, error)
  }
}

function fail (code: ProblemCode, context: ProblemContext, what: string, remedy: string): never {
  throw asError(problem(code, context, what, remedy), context.option)
}

function asError ({ code, message, remedy }: Problem, option: string, cause?: unknown): StartProblem {
  return new StartProblem(code, { option, what: message, remedy }, cause === undefined ? {} : { cause })
}
