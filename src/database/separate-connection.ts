/**
 * One connection beside the pool, for the renewal alone: opened when needed, dropped on any error, so that it heals by
 * itself.
 */
import pg, { type Client, type ClientConfig, type QueryConfig } from 'pg'
import { OWN_TYPES } from './driver-types.ts'
import type { Sql } from './sql.ts'
import { createStatementNames } from './statement-names.ts'

export interface SeparateConnectionOptions {
  /** Asked at each connecting: passwords may change. */
  config: () => Promise<ClientConfig>
  /** How long a statement, or connecting, may take, in ms. */
  timeoutMs: number
  /** What is open already, and goes on as the first one. */
  first?: Client | null
}

export interface SeparateConnection {
  sql: Sql
  close: () => Promise<void>
}

/** The driver's documented option, which its types lack. */
type TimedQuery = QueryConfig & { query_timeout: number }

interface Connection {
  client: Promise<Client>
  /** The last statement that was given to it. Never rejects. */
  last: Promise<unknown>
}

export function createSeparateConnection (
  { config, timeoutMs, first = null }: SeparateConnectionOptions
): SeparateConnection {
  let current = first === null || first.connection.stream.destroyed
    ? null
    : connectionOn((gone) => Promise.resolve(watched(first, gone)))
  let closed = false
  const names = createStatementNames()

  function connected (): Connection {
    current ??= connectionOn(open)
    return current
  }

  function connectionOn (open: (gone: () => void) => Promise<Client>): Connection {
    const connection: Connection = { client: open(() => { forget(connection) }), last: Promise.resolve() }
    return connection
  }

  function forget (connection: Connection): void {
    if (current === connection) current = null
  }

  async function open (gone: () => void): Promise<Client> {
    const client = watched(
      new pg.Client({
        ...await config(),
        connectionTimeoutMillis: timeoutMs,
        application_name: 'live-sessions renewal'
      }),
      gone
    )
    try {
      await client.connect()
      return client
    } catch (error) {
      cut(client)
      throw error
    }
  }

  async function ask<Row extends object> (
    connection: Connection,
    text: string,
    values: readonly unknown[]
  ): Promise<Row[]> {
    if (current !== connection) throw new Error('the connection broke under the statement before')
    let client: Client | undefined
    try {
      client = await connection.client
      const query: TimedQuery = {
        ...names.of(text),
        text,
        values: [...values],
        types: OWN_TYPES,
        query_timeout: timeoutMs
      }
      return (await client.query<Row>(query)).rows
    } catch (error) {
      names.failed(error)
      forget(connection)
      // In doubt it is cut, not asked to end: it may never answer.
      if (client !== undefined) cut(client)
      throw error
    }
  }

  return {
    /** One statement at a time, which is what the driver takes; those that wait fail with the one before them. */
    async sql<Row extends object> (text: string, values: readonly unknown[] = []): Promise<Row[]> {
      if (closed) throw new Error('the connection is closed')
      const connection = connected()
      const answer = connection.last.then(async () => await ask<Row>(connection, text, values))
      connection.last = answer.catch(() => {})
      return await answer
    },

    async close () {
      closed = true
      const closing = current
      current = null
      const client = await closing?.client.catch(() => null)
      // Nothing is under way any more; and a server that stands still would never answer a polite goodbye.
      if (client) cut(client)
    }
  }
}

/** An idle connection that breaks is simply opened again by the next statement; the one under way hears of it, too. */
function watched (client: Client, gone: () => void): Client {
  client.on('error', () => {
    gone()
    cut(client)
  })
  client.on('end', gone)
  return client
}

function cut (client: Client): void {
  client.connection.stream.destroy()
}
