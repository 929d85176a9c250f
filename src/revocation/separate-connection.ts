/** One connection beside the pool, for the renewal alone: opened when needed, dropped on any error, so that it heals by itself. */
import pg, { type Client, type ClientConfig } from 'pg'
import type { Sql } from '../sql.ts'

export interface SeparateConnectionOptions {
  config: ClientConfig
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
  /** Statements by their names, so that PostgreSQL parses each once; null behind a pooler that gives every transaction another server. */
  let names: Map<string, string> | null = new Map()

  function named (text: string): { name?: string } {
    if (names === null) return {}
    const name = names.get(text) ?? `live_sessions_${names.size}`
    names.set(text, name)
    return { name }
  }

  function connected (): Promise<Client> {
    if (current !== null) return current
    const opening = open(() => { if (current === opening) current = null })
    current = opening
    return opening
  }

  async function open (forget: () => void): Promise<Client> {
    const client = new pg.Client({ ...config, connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs, application_name: 'live-sessions renewal' })
    // The statement under way hears of it too; and an idle connection that breaks is simply opened again by the next one.
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
        const { rows } = await client.query({ ...named(text), text, values: [...values] })
        return rows
      } catch (error) {
        if (isUnknownStatement(error)) names = null
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

/** PgBouncer without `max_prepared_statements`: the name is not known there, or already means something. */
const UNKNOWN_STATEMENT_STATES = new Set(['26000', '42P05'])

function isUnknownStatement (error: unknown): boolean {
  return error instanceof Error && 'code' in error && UNKNOWN_STATEMENT_STATES.has(String(error.code))
}

function cut (client: Client): void {
  client.connection.stream.destroy()
}
