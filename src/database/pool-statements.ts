/**
 * Single statements on the pool's connections, straight through the driver: knex would take nearly as long as
 * PostgreSQL.
 */
import type { Knex } from '@mikro-orm/postgresql'
import type { Client, QueryConfig } from 'pg'
import { OWN_TYPES } from './driver-types.ts'
import type { Sql, StatementOptions } from './sql.ts'
import type { StatementNames } from './statement-names.ts'
import { destroyIfTimedOut } from './query-timeout.ts'

/** What knex's client is for this. */
interface Pool {
  acquireConnection: () => Promise<Client>
  releaseConnection: (client: Client) => Promise<void>
}

/** Every statement ends within `queryTimeoutMs`, whosever the pool is. */
export function createPoolStatements (knex: Knex, queryTimeoutMs: number, names: StatementNames): Sql {
  const pool = knex.client as Pool

  return async function sql<Row extends object> (
    text: string,
    values: readonly unknown[] = [],
    { prepared = false }: StatementOptions = {}
  ): Promise<Row[]> {
    const client = await pool.acquireConnection()
    try {
      const query = {
        ...(prepared ? names.of(text) : {}),
        text,
        values: [...values],
        types: OWN_TYPES,
        query_timeout: queryTimeoutMs
      } as QueryConfig
      return (await client.query<Row>(query)).rows
    } catch (error) {
      await destroyIfTimedOut(client, error)
      if (!prepared || !names.failed(error)) throw error
    } finally {
      await pool.releaseConnection(client)
    }
    return await sql(text, values)
  }
}
