/** `migrate`: brings the tables up to date, and says what it did. */
import { migrate } from '../session/migrate.ts'

export interface MigrateCommand {
  url: string
  schema: string | undefined
  json: boolean
}

export async function runMigrate ({ url, schema, json }: MigrateCommand): Promise<number> {
  if (!json) process.stdout.write('Migrating …\n')
  try {
    const migrations = await migrate({ url, ...(schema === undefined ? {} : { schema }) })
    const words = migrations.length === 0 ? 'Nothing to do: the tables are up to date.' : `Done: ${migrations.join(', ')}.`
    process.stdout.write(json ? `${JSON.stringify({ migrations })}\n` : `${words}\n`)
    return 0
  } catch (error) {
    const { message } = error as Error
    process.stderr.write(json ? `${JSON.stringify({ error: message })}\n` : `The migration failed: ${message}\n`)
    return 1
  }
}
