/** The ways to PostgreSQL: the main pool (MikroORM's, the app's own or ours), and the renewal's one beside it. */
import type { MikroORM } from '@mikro-orm/postgresql'
import type { Client } from 'pg'
import type { ResolvedDatabase } from '../options/defaults.ts'
import { connectionOf, hasOneConnection, schemaOf } from './app-connection.ts'
import { waitForOpenConnections } from './connection-shortage.ts'
import { destroyAfterTimeout } from './query-timeout.ts'
import { createOwnOrm } from './own-orm.ts'
import { createPoolStatements } from './pool-statements.ts'
import { createSeparateConnection } from './separate-connection.ts'
import { retrying, sqlOf, type Sql } from './sql.ts'
import { createStatementNames } from './statement-names.ts'

export interface Database {
  /** The schema of our tables; undefined: wherever the connection looks first. */
  schema: string | undefined
  /** One statement, in a transaction of its own; run again after a deadlock or serialisation failure. */
  sql: Sql
  /**
   * Several statements in one transaction, never an ambient one; run again after a deadlock or serialisation failure.
   */
  transaction: <T>(work: (sql: Sql) => Promise<T>) => Promise<T>
  /** For the renewal: on a connection beside the pool, but where there can be only one (an embedded database). */
  renewalSql: Sql
  close: () => Promise<void>
}

export interface OpenDatabaseOptions {
  database: ResolvedDatabase
  /** How long a statement may take before the client gives up, in ms. */
  queryTimeoutMs: number
  /** The schema of our tables, when it is known better than the options say. */
  schema?: string
  /** How long a statement of the renewal, or its connecting, may take, in ms; left out: as long as the others. */
  renewalTimeoutMs?: number
  /** The renewal begins with this connection. */
  renewalClient?: Client | null
}

/** Opens the main pool, or takes the app's; closing leaves the app's open. */
export async function openDatabase (
  { database, queryTimeoutMs, schema, renewalTimeoutMs = queryTimeoutMs, renewalClient = null }: OpenDatabaseOptions
): Promise<Database> {
  const own = 'url' in database
  const orm = own ? await openPool(database, queryTimeoutMs) : database.orm as MikroORM
  const knex = orm.em.getKnex('write')
  if (own) waitForOpenConnections(knex)
  const names = createStatementNames()
  const statement = createPoolStatements(knex, queryTimeoutMs, names)
  const sql: Sql = (text, values, options) => retrying(() => statement(text, values, options))
  const separate = hasOneConnection(orm)
    ? null
    : createSeparateConnection({
      config: async () => ({ ...await connectionOf(orm), keepAlive: true }),
      timeoutMs: renewalTimeoutMs,
      first: renewalClient
    })
  if (separate === null) await renewalClient?.end().catch(() => {})
  return {
    schema: schema ?? schemaOf(orm),
    sql,
    // Under a lock what others have committed must be seen, whatever the role's or the database's default is.
    transaction: (work) =>
      retrying(
        () => knex.transaction((transaction) => work(sqlOf(transaction, names)), { isolationLevel: 'read committed' }),
        names.failed
      ),
    renewalSql: separate?.sql ?? sql,
    close: async () => { await Promise.all([separate?.close(), own ? orm.close(true) : null]) }
  }
}

async function openPool (
  database: Extract<ResolvedDatabase, { url: string }>,
  queryTimeoutMs: number
): Promise<MikroORM> {
  return await createOwnOrm({
    clientUrl: database.url,
    ...(database.schema === undefined ? {} : { schema: database.schema }),
    pool: { ...database.pool, acquireTimeoutMillis: queryTimeoutMs, afterCreate: destroyAfterTimeout },
    // The driver reads the URL itself: MikroORM would leave out what it says of TLS.
    driverOptions: {
      connection: {
        connectionString: database.url,
        query_timeout: queryTimeoutMs,
        connectionTimeoutMillis: queryTimeoutMs,
        keepAlive: true,
        application_name: 'live-sessions'
      }
    }
  })
}
