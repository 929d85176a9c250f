/** `migrate`: brings the tables up to date, in one transaction on one connection, one process at a time. */
import { checkPostgresUrl } from '../options/values.ts'
import { migrateDatabase } from './start.ts'

export interface MigrateOptions {
  /** `postgres://user:password@host:port/name`, of a user who may make tables. */
  url: string
  /** The schema of the tables; it must exist. @default the connection's own: the first one in its `search_path` */
  schema?: string
}

/**
 * Runs the migrations that are missing and says their names; brings back what somebody has dropped. Nodes that start
 * together wait for each other. Rejects with a coded error (`SESSION_DATABASE_…`, `SESSION_OPTION_INVALID`) that names
 * place and remedy.
 */
export async function migrate ({ url, schema }: MigrateOptions): Promise<string[]> {
  return await migrateDatabase({
    url: checkPostgresUrl('url', url),
    schema,
    option: 'option "url"',
    schemaOption: 'option "schema"'
  })
}
