/** `migrate`: brings the tables up to date, and says what it did. */
import { defineCommand } from './command.ts'
import { checkedUrl, databaseOptions, explainDatabase } from './database.ts'

export const migrateCommand = defineCommand({
  name: 'migrate',
  summary: 'Bring the tables up to date. Safe to run again, and from several machines at once.',
  details: 'Connect straight to PostgreSQL, not through PgBouncer: the lock that keeps others out lives as long as the connection.',
  forms: ['[options]'],
  options: databaseOptions,

  async run ({ values, output }) {
    const url = checkedUrl(values.url)
    output.say('Migrating …')
    try {
      const { migrate } = await import('../session/migrate.ts')
      const migrations = await migrate({ url, ...(values.schema === undefined ? {} : { schema: values.schema }) })
      output.result({ migrations }, migrations.length === 0 ? 'Nothing to do: the tables are up to date.' : `Done: ${migrations.join(', ')}.`)
    } catch (error) {
      throw explainDatabase(error, url)
    }
    return 0
  }
})
