/**
 * `migrate`: brings the tables up to date, and says what it did; or says which rights an app's own role needs on them.
 */
import { defineCommand } from './command.ts'
import {
  checkedUrl,
  databaseOptions,
  explainDatabase,
  schemaOf,
  URL_OPTION,
  withDatabase,
  type DatabaseValues
} from './database.ts'

export const migrateCommand = defineCommand({
  name: 'migrate',
  summary: 'Bring the tables up to date. Safe to run again, and from several machines at once.',
  details:
    "With --print-grants nothing is migrated: it prints the SQL that lets another role than the tables' owner run the app, with migrate: false.",
  forms: ['[options]', '--print-grants [--role <name>] [options]'],
  options: {
    'print-grants': { type: 'boolean', description: "Print the GRANT statements for the app's role, and change nothing" },
    role: {
      type: 'string',
      value: '<name>',
      description: "With --print-grants: the app's role. Default: app_role, to be replaced"
    },
    ...databaseOptions
  },

  async run ({ values, output }) {
    if (values['print-grants']) {
      const { grantsFor } = await import('../database/grants.ts')
      const schema = await schemaOfTables(values)
      const grants = grantsFor({ database: await databaseOf(values), schema, role: values.role })
      output.result({ schema, grants: grants.statements }, grants.words)
      return 0
    }
    const url = checkedUrl(values.url)
    output.say('Migrating …')
    try {
      const { migrateDatabase } = await import('../database/start.ts')
      const migrations = await migrateDatabase({
        url,
        schema: schemaOf(values.schema, url),
        option: URL_OPTION,
        schemaOption: '--schema'
      })
      output.result(
        { migrations },
        migrations.length === 0 ? 'Nothing to do: the tables are up to date.' : `Done: ${migrations.join(', ')}.`
      )
    } catch (error) {
      throw await explainDatabase(error, url, values.schema)
    }
    return 0
  }
})

/** Without `--schema` PostgreSQL is asked where this connection's tables are. */
async function schemaOfTables (values: DatabaseValues): Promise<string> {
  if (values.schema !== undefined) return values.schema
  return await withDatabase(values, async ({ schema }) => schema)
}

async function databaseOf ({ url }: DatabaseValues): Promise<string | undefined> {
  if (url === undefined) return undefined
  const { default: pg } = await import('pg')
  return new pg.Client({ connectionString: checkedUrl(url) }).database
}
