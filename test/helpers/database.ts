/** A database for a test: cloned from a migrated template, empty, or on a private server that may be stopped, killed and paused. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import type { Test } from 'tap'
import { migrate } from '../../src/database/migrate.ts'
import { leave, readShape, takeClean, type KnownDatabase } from './clean-databases.ts'
import { startPostgresServer } from './postgres-server.ts'
import { findServices } from './services.ts'
import { nameTestDatabase, runOn, withClient } from './test-databases.ts'
import type { PrivateServer } from './private-server.ts'

export interface TestDatabase {
  url: string
  name: string
  /** Runs one statement; the rows. */
  query: <Row extends pg.QueryResultRow = pg.QueryResultRow>(sql: string, params?: readonly unknown[]) => Promise<Row[]>
  /** Drops it. By itself it has another name at this test's end, empty for the next test or waiting to be dropped; it is gone where somebody is still connected. */
  close: () => Promise<void>
}

const TEMPLATE_PREFIX = 'live_sessions_template_'
/** Any fixed number: whoever holds this advisory lock builds a template. */
const TEMPLATE_LOCK = 7_116_204_113
const NO_SUCH_DATABASE = '3D000'
/** A test's own connections, at most. */
const POOL = 4

/** A database with the library's tables and no rows, for this test alone. */
export async function createDatabase (t: Test): Promise<TestDatabase> {
  const server = (await findServices()).postgres.url
  const left = takeClean(server)
  if (left !== undefined) return open(t, left)
  const template = TEMPLATE_PREFIX + hashMigrations()
  const database = nameDatabase(server)
  try {
    await runOn(server, `create database ${database.name} template ${template}`)
  } catch (error) {
    // The first to come builds it.
    if ((error as { code?: string }).code !== NO_SUCH_DATABASE) throw error
    await buildTemplate(server, template)
    await runOn(server, `create database ${database.name} template ${template}`)
  }
  const pool = createPool(database.url, POOL)
  return open(t, { ...database, shape: await readShape(pool) }, pool)
}

/** A database without any tables, for this test alone. */
export async function createEmptyDatabase (t: Test): Promise<TestDatabase> {
  const database = nameDatabase((await findServices()).postgres.url)
  await runOn(database.server, `create database ${database.name}`)
  return open(t, database)
}

/** A PostgreSQL of the test's own, gone at its end. Null, and the test is skipped, where no binaries are on the machine. */
export async function startPostgres (t: Test): Promise<PrivateServer | null> {
  const server = await startPostgresServer()
  if (server === null) t.pass('a PostgreSQL of its own', { skip: 'no PostgreSQL binaries on this machine' })
  else t.teardown(server.remove)
  return server
}

/** An app's own pool. Tests cut connections, at the latest with their database; an idle one that was cut must not end the process. */
export function createPool (url: string, max: number): pg.Pool {
  return new pg.Pool({ connectionString: url, max }).on('error', () => {})
}

function nameDatabase (server: string): KnownDatabase {
  const name = nameTestDatabase()
  return { server, name, url: withDatabase(server, name), shape: null }
}

function open (t: Test, database: KnownDatabase, pool = createPool(database.url, POOL)): TestDatabase {
  const { server, name, url } = database
  let closing: Promise<void> | undefined
  const end = async (mayStay: boolean): Promise<void> => {
    if (!mayStay) await pool.end()
    else if (await leave(database, pool)) return
    await runOn(server, `drop database if exists ${name} with (force)`)
  }
  const close = async (mayStay: boolean): Promise<void> => { await (closing ??= end(mayStay)) }
  t.teardown(async () => { await close(true) })
  return {
    url,
    name,
    close: async () => { await close(false) },
    query: async <Row extends pg.QueryResultRow = pg.QueryResultRow>(sql: string, params: readonly unknown[] = []) => (await pool.query<Row>(sql, [...params])).rows
  }
}

/** Migrates a new template, once however many processes ask. Those of other migrations stay: another checkout may be using them. */
async function buildTemplate (server: string, template: string): Promise<void> {
  await withClient(server, async (client) => {
    await client.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK])
    const { rowCount } = await client.query('select from pg_database where datname = $1', [template])
    if (rowCount !== 0) return
    // Nobody sees it by its name until it is whole.
    const building = `${template}_building`
    await client.query(`drop database if exists ${building} with (force)`)
    await client.query(`create database ${building}`)
    await migrate({ url: withDatabase(server, building) })
    await client.query(`alter database ${building} rename to ${template}`)
  })
}

/** Changes with whatever a migrated database is made from, so that a template of older sources is never used. */
function hashMigrations (): string {
  const folder = join(import.meta.dirname, '../../src/database')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).sort()
  const hash = createHash('sha256')
  for (const name of files) hash.update(name).update('\0').update(readFileSync(join(folder, name)))
  return hash.digest('hex').slice(0, 12)
}

function withDatabase (server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}
