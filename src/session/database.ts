/** The way to PostgreSQL: the main pool (MikroORM's, the app's own or ours), and what the renewal connects with. */
import { MikroORM, type Knex } from '@mikro-orm/postgresql'
import type { ClientConfig } from 'pg'
import type { ResolvedDatabase } from '../options.ts'
import { cutAfterTimeout } from './cut-connections.ts'
import { liveSessionEntities } from './entities.ts'
import { createPoolStatements } from './pool-statements.ts'
import { isRetriable, sqlOf, type Sql } from '../sql.ts'

export interface Database {
  schema: string | undefined
  /** One statement, in a transaction of its own; run again after a deadlock or serialisation failure. */
  sql: Sql
  /** Several statements in one transaction, never an ambient one; run again after a deadlock or serialisation failure. */
  transaction: <T>(work: (sql: Sql) => Promise<T>) => Promise<T>
  /** How to open one more connection beside the pool; null where there can be only one (an embedded database). */
  separateConnection: (() => Promise<ClientConfig>) | null
  close: () => Promise<void>
}

const ATTEMPTS = 5

export interface OpenDatabaseOptions {
  database: ResolvedDatabase
  /** How long a statement may take before the client gives up, in ms. */
  queryTimeoutMs: number
}

/** Opens the main pool, or takes the app's; closing leaves the app's open. */
export async function openDatabase ({ database, queryTimeoutMs }: OpenDatabaseOptions): Promise<Database> {
  const own = 'url' in database
  const orm = own ? await openPool(database, queryTimeoutMs) : database.orm
  const knex = orm.em.getKnex('write')
  const statement = createPoolStatements(knex, queryTimeoutMs)
  const single = orm.config.get('pool')?.max === 1
  return {
    schema: orm.config.get('schema'),
    sql: (text, values, options) => retrying(() => statement(text, values, options)),
    // Under a lock what others have committed must be seen, whatever the role's or the database's default is.
    transaction: (work) => retrying(() => knex.transaction((transaction) => work(sqlOf(transaction)), { isolationLevel: 'read committed' })),
    separateConnection: single ? null : async () => ({ ...await connectionOf(knex), keepAlive: true }),
    close: async () => { if (own) await orm.close(true) }
  }
}

/** What the pool connects with, the app's driver options and passwords that change included. */
async function connectionOf (knex: Knex): Promise<ClientConfig> {
  const { connection } = (knex.client as { config: { connection: ClientConfig | (() => Promise<ClientConfig>) } }).config
  return typeof connection === 'function' ? await connection() : connection
}

async function openPool (database: Extract<ResolvedDatabase, { url: string }>, queryTimeoutMs: number): Promise<MikroORM> {
  return await MikroORM.init({
    clientUrl: database.url,
    ...(database.schema === undefined ? {} : { schema: database.schema }),
    entities: liveSessionEntities,
    discovery: { disableDynamicFileAccess: true },
    // A slip in the URL must not make a database of that name.
    ensureDatabase: false,
    pool: { ...database.pool, acquireTimeoutMillis: queryTimeoutMs, afterCreate: cutAfterTimeout },
    // The driver reads the URL itself: MikroORM would leave out what it says of TLS.
    driverOptions: { connection: { connectionString: database.url, query_timeout: queryTimeoutMs, connectionTimeoutMillis: queryTimeoutMs, keepAlive: true, application_name: 'live-sessions' } },
    logger: () => {},
    connect: true
  })
}

async function retrying<T> (work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt === ATTEMPTS || !isRetriable(error)) throw error
    }
  }
}
