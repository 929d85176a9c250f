/**
 * One connection for the start: one transaction on it, within a deadline, over before the pool opens. Whoever goes on
 * with it may keep it.
 */
import type { MikroORM } from '@mikro-orm/postgresql'
import pg, { type Client, type ClientConfig } from 'pg'
import { OWN_TYPES } from './driver-types.ts'
import type { Sql } from './sql.ts'
import { connectionOf, hasOneConnection } from './app-connection.ts'

/** Where PostgreSQL is, in words that may be logged: never the password. */
export interface DatabaseAddress {
  host: string
  port: number
  database: string
  user: string
}

/** A URL, or an app's MikroORM, whose connection is copied; or taken, where it can have no more than one. */
export type StartSource = { url: string } | { orm: MikroORM }

export interface StartConnectionOptions {
  source: StartSource
  /** How long connecting and the work may take together, in ms; null: as long as they like. */
  withinMs: number | null
  /** Is handed the connection when the work is done, instead of its end; but not one of the app's pool. */
  keep?: (client: Client) => void
}

/** Thrown when the time is over; the connection has been cut by then. */
export class DeadlinePassed extends Error {
  /** What there was time for. */
  readonly ms: number
  /** False: PostgreSQL did not even let us in. */
  readonly connected: boolean

  constructor (ms: number, connected: boolean) {
    super(connected ? `not done within ${ms} ms` : `no answer within ${ms} ms`)
    this.ms = ms
    this.connected = connected
  }
}

/** Rejects with what the driver or the work throws, and says where it was. */
export async function onStartConnection<T> (
  { source, withinMs, keep }: StartConnectionOptions,
  work: (sql: Sql, address: DatabaseAddress) => Promise<T>,
  explain: (error: unknown, address: DatabaseAddress) => unknown
): Promise<T> {
  const { client, connect, release } = await openClient(source, keep)
  const address = addressOf(client)
  let [connected, done] = [false, false]
  let over: DeadlinePassed | undefined
  const timer = withinMs === null
    ? undefined
    : setTimeout(() => {
      over = new DeadlinePassed(withinMs, connected)
      client.connection.stream.destroy(over)
    }, withinMs)
  try {
    await connect()
    connected = true
    const sql = sqlOfClient(client)
    await sql('begin isolation level read committed')
    const result = await work(sql, address)
    await sql('commit')
    done = true
    return result
  } catch (error) {
    if (connected && over === undefined) await client.query('rollback').catch(() => {})
    throw explain(over ?? error, address)
  } finally {
    clearTimeout(timer)
    await release(done)
  }
}

/** Statements for the driver itself; it prepares none. */
export function sqlOfClient (client: Pick<Client, 'query'>): Sql {
  return async <Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> =>
    (await client.query<Row>({ text, values: [...values], types: OWN_TYPES })).rows
}

interface Opened {
  client: Client
  connect: () => Promise<unknown>
  release: (done: boolean) => Promise<void>
}

async function openClient (source: StartSource, keep: StartConnectionOptions['keep']): Promise<Opened> {
  if ('orm' in source && hasOneConnection(source.orm)) {
    const pool = source.orm.em.getKnex('write').client as {
      acquireConnection: () => Promise<Client>,
      releaseConnection: (client: Client) => Promise<void>
    }
    const client = await pool.acquireConnection()
    return { client, connect: async () => {}, release: () => pool.releaseConnection(client) }
  }
  const config: ClientConfig = 'url' in source ? { connectionString: source.url } : await connectionOf(source.orm)
  const client = new pg.Client({
    ...config,
    keepAlive: true,
    application_name: keep === undefined ? 'live-sessions start' : 'live-sessions renewal'
  })
  // The statement under way hears of it.
  client.on('error', () => {})
  return {
    client,
    connect: () => client.connect(),
    release: async (done) => {
      if (done && keep !== undefined) keep(client)
      else await client.end().catch(() => {})
    }
  }
}

export function addressOf (
  { host, port, database, user }: Pick<Client, 'host' | 'port' | 'database' | 'user'>
): DatabaseAddress {
  return { host, port, database: database ?? '', user: user ?? '' }
}
