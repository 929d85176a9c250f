/**
 * PostgreSQL without a server: PGlite behind a private socket, reached by the ordinary driver over exactly one
 * connection.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PGlite } from '@electric-sql/pglite'
import type { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { checkText, readOptions } from '../app/arguments.ts'
import { openDatabase } from './prepared-cluster.ts'

export interface TestDatabaseOptions {
  /** A folder that keeps the database. @default in memory, gone with `stop()` */
  dataDir?: string
}

export interface TestDatabase {
  /** For the plugin's option `database`. */
  options: { url: string, pool: { min: number, max: number } }
  /**
   * Ends it and removes its socket. Close the app first, so that it can say goodbye; the other order ends, too. Again
   * is safe.
   */
  stop: () => Promise<void>
}

const MISSING = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'])

/**
 * Starts a PostgreSQL in this process: the real dialect, the same migrations and statements. Each call starts one of
 * its own. Rejects where the two packages that it is made of are not installed, and says how to install them; and with
 * SESSION_CALL_INVALID for a misspelt option.
 */
export async function startTestDatabase (options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const { dataDir } = readOptions('the options of startTestDatabase', options, ['dataDir'])
  if (dataDir !== undefined) checkText('dataDir of startTestDatabase', dataDir)
  const { PGlite: Postgres, PGLiteSocketServer: Server } = await loadPGlite()
  const db = await openDatabase(Postgres, dataDir)
  const place = privatePlace()
  // PGlite has one backend and mixes up connections that work at once. Two may be open: the one at work, and one that
  // is just leaving.
  const server = new Server({ db, maxConnections: 2, ...place.listen })
  server.addEventListener('connection', () => { startAfresh(db).catch(() => {}) })
  await server.start()
  let stopping: Promise<void> | undefined
  return {
    options: { url: place.url(server.getServerConn()), pool: { min: 0, max: 1 } },
    stop: async () => await (stopping ??= end(server, db, place))
  }
}

async function end (server: PGLiteSocketServer, db: PGlite, place: Place): Promise<void> {
  await server.stop()
  await db.close()
  place.remove()
}

async function loadPGlite (): Promise<{ PGlite: typeof PGlite, PGLiteSocketServer: typeof PGLiteSocketServer }> {
  try {
    const [{ PGlite }, { PGLiteSocketServer }] = await Promise.all([
      import('@electric-sql/pglite'),
      import('@electric-sql/pglite-socket')
    ])
    return { PGlite, PGLiteSocketServer }
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && MISSING.has(String(cause.code)))) throw cause
    throw new Error(
      'fastify-live-sessions/testing: startTestDatabase() needs PGlite, a PostgreSQL without a server. Run: npm install --save-dev @electric-sql/pglite@0.5 @electric-sql/pglite-socket@0.2',
      { cause }
    )
  }
}

/**
 * What the last connection left in the one backend (a transaction, prepared statements, settings) is not the next
 * one's.
 */
async function startAfresh (db: PGlite): Promise<void> {
  await Promise.all([db.exec('ROLLBACK'), db.exec('DISCARD ALL')])
}

interface Place {
  listen: { path: string } | { host: string, port: number }
  url: (connection: string) => string
  remove: () => void
}

/**
 * A socket file in a folder that only this user may enter; on Windows, which has none, a random port of this machine.
 */
function privatePlace (): Place {
  if (process.platform === 'win32') {
    return {
      listen: { host: '127.0.0.1', port: 0 },
      url: (connection) => `postgres://postgres@${connection}/postgres`,
      remove () {}
    }
  }
  const folder = mkdtempSync(join(tmpdir(), 'live-sessions-'))
  return {
    listen: { path: join(folder, '.s.PGSQL.5432') },
    url: () => `postgres://postgres@${encodeURIComponent(folder)}:5432/postgres`,
    remove: () => { rmSync(folder, { recursive: true, force: true }) }
  }
}
