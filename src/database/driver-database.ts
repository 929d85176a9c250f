/** PostgreSQL by the driver alone, for a process that ends soon: to load MikroORM takes it longer than its work. */
import pg from 'pg'
import type { Database } from './database.ts'
import { retrying } from './sql.ts'
import { sqlOfClient } from './start-connection.ts'

export type DriverDatabase = Pick<Database, 'sql' | 'transaction' | 'close'>

export interface DriverDatabaseOptions {
  url: string
  connections: number
  /** How long a statement may take before the client gives up, in ms. */
  queryTimeoutMs: number
}

/** Opens no connection yet: the first statement does. */
export function openDriverDatabase ({ url, connections, queryTimeoutMs }: DriverDatabaseOptions): DriverDatabase {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    query_timeout: queryTimeoutMs,
    connectionTimeoutMillis: queryTimeoutMs,
    keepAlive: true,
    application_name: 'live-sessions'
  })
  // The statement under way hears of it, or the next one.
  pool.on('connect', (client) => { client.on('error', () => {}) })
  pool.on('error', () => {})
  const statement = sqlOfClient(pool)
  return {
    sql: (text, values) => retrying(() => statement(text, values)),
    transaction: (work) => retrying(async () => {
      const client = await pool.connect()
      try {
        await client.query('begin isolation level read committed')
        const result = await work(sqlOfClient(client))
        await client.query('commit')
        client.release()
        return result
      } catch (error) {
        // Closed, which rolls back, whatever was under way.
        client.release(true)
        throw error
      }
    }),
    close: () => pool.end()
  }
}
