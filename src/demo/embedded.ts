/** PostgreSQL without a server: PGlite behind a private socket, reached by the ordinary driver over exactly one connection. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IN_MEMORY } from './config.ts'

export interface EmbeddedDatabase {
  database: { url: string, pool: { min: number, max: number } }
  close: () => Promise<void>
}

/** Opens the database in a folder of its own, or in memory. PGlite is loaded here and nowhere else. */
export async function openEmbedded (folder: string): Promise<EmbeddedDatabase> {
  const [{ PGlite }, { PGLiteSocketServer }] = await Promise.all([import('@electric-sql/pglite'), import('@electric-sql/pglite-socket')])
  const db = await PGlite.create(folder === IN_MEMORY ? IN_MEMORY : join(folder, 'postgres'))
  const place = privatePlace()
  // PGlite has one backend and mixes up connections that work at once. Two may be open: the one at work, and one that is just leaving.
  const server = new PGLiteSocketServer({ db, maxConnections: 2, ...place.listen })
  server.addEventListener('connection', () => { startAfresh(db).catch(() => {}) })
  await server.start()
  return {
    database: { url: place.url(server.getServerConn()), pool: { min: 0, max: 1 } },
    async close () {
      await server.stop()
      await db.close()
      place.remove()
    }
  }
}

/** What the last connection left in the one backend (a transaction, prepared statements, settings) is not the next one's. */
async function startAfresh (db: { exec: (sql: string) => Promise<unknown> }): Promise<void> {
  await Promise.all([db.exec('ROLLBACK'), db.exec('DISCARD ALL')])
}

interface Place {
  listen: { path: string } | { host: string, port: number }
  url: (connection: string) => string
  remove: () => void
}

/** A socket file in a folder that only this user may enter; on Windows, which has none, a random port of this machine. */
function privatePlace (): Place {
  if (process.platform === 'win32') {
    return { listen: { host: '127.0.0.1', port: 0 }, url: (connection) => `postgres://postgres@${connection}/postgres`, remove () {} }
  }
  const folder = mkdtempSync(join(tmpdir(), 'live-sessions-'))
  return {
    listen: { path: join(folder, '.s.PGSQL.5432') },
    url: () => `postgres://postgres@${encodeURIComponent(folder)}:5432/postgres`,
    remove: () => { rmSync(folder, { recursive: true, force: true }) }
  }
}
