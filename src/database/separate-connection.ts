/**
 * One connection beside the pool, for the renewal alone: opened when needed, dropped on any error, so that it heals by
 * itself.
 */
import pg, { type Client, type ClientConfig } from 'pg'
import { OWN_TYPES } from './driver-types.ts'
import type { Sql } from './sql.ts'
import { createStatementNames } from './statement-names.ts'

export interface SeparateConnectionOptions {
  /** Asked at each connecting: passwords may change. */
  config: () => Promise<ClientConfig>
  /** How long a statement, or connecting, may take, in ms. */
  timeoutMs: number
}

export interface SeparateConnection {
  sql: Sql
  close: () => Promise<void>
}

export function createSeparateConnection ({ config, timeoutMs }: SeparateConnectionOptions): SeparateConnection {
  let current: Promise<Client> | null = null
  let closed = false
  const names = createStatementNames()

  function connected (): Promise<Client> {
    if (current !== null) return current
    const opening = open(() => { if (current === opening) current = null })
    current = opening
    return opening
  }

  async function open (forget: () => void): Promise<Client> {
    const client = new pg.Client({
      ...await config(),
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
      application_name: 'live-sessions renewal'
    })
    // The statement under way hears of it too; and an idle connection that breaks is simply opened again by the next
    // one.
    client.on('error', () => {
      forget()
      cut(client)
    })
    client.on('end', forget)
    try {
      await client.connect()
      return client
    } catch (error) {
      cut(client)
      throw error
    }
  }

  /** A connection in doubt is cut, not asked to end: it may never answer. */
  function drop (opening: Promise<Client> | null, client?: Client): void {
    if (current === opening) current = null
    if (client !== undefined) cut(client)
  }

  return {
    sql: async (text, values = []) => {
      if (closed) throw new Error('the connection is closed')
      const opening = connected()
      let client: Client | undefined
      try {
        client = await opening
        const { rows } = await client.query({ ...names.of(text), text, values: [...values], types: OWN_TYPES })
        return rows
      } catch (error) {
        names.failed(error)
        drop(opening, client)
        throw error
      }
    },

    async close () {
      closed = true
      const closing = current
      current = null
      const client = await closing?.catch(() => null)
      // Nothing is under way any more; and a server that stands still would never answer a polite goodbye.
      if (client) cut(client)
    }
  }
}

function cut (client: Client): void {
  client.connection.stream.destroy()
}
