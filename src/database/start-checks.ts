/** Whether PostgreSQL is fit and has our tables, as a start needs them: throws the problem, with its remedy. */
import { inspectSchema, inspectServer, type SchemaFacts, type ServerFacts } from './inspect.ts'
import { migrateCommand } from './migrate-command.ts'
import { MIGRATION_NAMES } from './migrations/names.ts'
import { quoted, throwProblem, type ProblemContext } from './problem.ts'
import type { Sql } from './sql.ts'
import type { DatabaseAddress } from './start-connection.ts'

const OLDEST_VERSION = 130_000

/** What a check has found, for the next one. */
export interface Found {
  context: ProblemContext
  address: DatabaseAddress
  schema: string
  server: ServerFacts
  facts: SchemaFacts
}

/** What every start needs: a server that is new enough and may be written to, and a schema that exists. */
export async function checkServer (
  sql: Sql,
  context: ProblemContext,
  { schema: asked }: { schema: string | undefined }
): Promise<Found> {
  const server = await inspectServer(sql)
  const { address, option, schemaOption = 'database.schema' } = context
  if (server.versionNumber < OLDEST_VERSION) {
    throwProblem(
      'SESSION_DATABASE_UNSUITABLE',
      context,
      `is version ${server.version}, which is too old`,
      'use PostgreSQL 13 or later'
    )
  }
  if (server.replica) {
    throwProblem(
      'SESSION_DATABASE_UNSUITABLE',
      context,
      'is a replica and takes no changes',
      `give the primary in ${option}: a replica hears of ends too late`
    )
  }
  if (server.readOnly) {
    throwProblem(
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
    throwProblem(
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
    throwProblem(
      'SESSION_SCHEMA_NOT_FOUND',
      context,
      `has no schema "${schema}" in the database "${address.database}"${why}`,
      `create it (create schema ${quoted(schema)}), or correct ${
        asked === undefined ? `the search_path, or name another one in ${schemaOption}` : schemaOption
      }`
    )
  }
  if (!facts.mayUse) {
    throwProblem(
      'SESSION_DATABASE_FORBIDDEN',
      context,
      `does not let the user "${server.user}" use the schema "${schema}"`,
      `grant usage on schema ${quoted(schema)} to ${quoted(server.user)}`
    )
  }
  return { context, address, schema, server, facts }
}

/** Newer migrations than ours do no harm. */
export function isWhole ({ missing, migrations }: SchemaFacts): boolean {
  return missing.length === 0 && (migrations === null || MIGRATION_NAMES.every((name) => migrations.includes(name)))
}

/** All tables of ours, as new as our migrations, and all rights on them. */
export function checkTables (found: Found): void {
  const { context, schema, facts: { missing, migrations } } = found
  const remedy = `run: ${migrateCommand({ schema })} (or leave out migrate: false)`
  if (missing.length > 0) {
    throwProblem('SESSION_TABLES_MISSING', context, `lacks, in the schema "${schema}": ${missing.join(', ')}`, remedy)
  }
  const undone = migrations === null ? [] : MIGRATION_NAMES.filter((name) => !migrations.includes(name))
  if (undone.length > 0) {
    throwProblem(
      'SESSION_TABLES_MISSING',
      context,
      `has tables of an older version, in the schema "${schema}"; missing: ${undone.join(', ')}`,
      remedy
    )
  }
  checkRights(found)
}

/** What a node does with each table it may do, as this user. */
export function checkRights ({ context, server, schema, facts: { lacking } }: Found): void {
  if (lacking.length === 0) return
  throwProblem(
    'SESSION_DATABASE_FORBIDDEN',
    context,
    `does not give the user "${server.user}" all rights in the schema "${schema}"; missing: ${lacking.join(', ')}`,
    `run what "${migrateCommand({ schema, grants: { role: server.user } })}" prints, as the tables' owner`
  )
}
