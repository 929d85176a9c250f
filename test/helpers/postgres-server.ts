/** PostgreSQL from the machine's own binaries, and whether a URL leads to one that tests can use. */
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { findProgram, startPrivateServer, type PrivateServer } from './private-server.ts'

const OLDEST_VERSION = 130_000
const CONNECT_WITHIN_MS = 3_000

/** Null when tests can create databases there, else what is in the way. Never rejects. */
export async function explainUnusablePostgres (url: string): Promise<string | null> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_WITHIN_MS, query_timeout: CONNECT_WITHIN_MS })
  // A server that goes away between two lines must not end the process.
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows: [row] } = await client.query<{ version: number, allowed: boolean }>(
      "select current_setting('server_version_num')::int as version, rolcreatedb or rolsuper as allowed from pg_roles where rolname = current_user")
    if (row === undefined || row.version < OLDEST_VERSION) return `it is version ${row?.version ?? 'unknown'}; 13 is the oldest`
    return row.allowed ? null : 'its user may not create databases'
  } catch (error) {
    return error instanceof Error ? error.message || error.name : String(error)
  } finally {
    await client.end().catch(() => {})
  }
}

/** Starts one; null when its binaries are not on this machine. It ends with the process `owner`. */
export async function startPostgresServer (owner?: number): Promise<PrivateServer | null> {
  const command = findProgram('postgres', listBinaryFolders())
  if (command === null) return null
  const initdb = findProgram('initdb', [dirname(command), ...listBinaryFolders()])
  if (initdb === null) return null
  const user = findServerUser()
  return await startPrivateServer({
    name: 'postgres',
    command,
    user,
    prepare: (folder) => {
      const options = ['--pgdata', join(folder, 'data'), '--username', 'postgres', '--auth', 'trust', '--encoding', 'UTF8', '--locale', 'C', '--no-sync']
      execFileSync(initdb, options, { ...user, cwd: folder, stdio: 'pipe' })
    },
    arguments: ({ folder, port }) => [
      '-D', join(folder, 'data'), '-p', String(port),
      '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'max_connections=200'
    ],
    url: (port) => `postgres://postgres@127.0.0.1:${port}/postgres`,
    answers: async (url) => await explainUnusablePostgres(url) === null,
    // Fast shutdown: open connections are cut.
    stopSignal: 'SIGINT'
  }, owner)
}

/** Where packages put the binaries that they keep off PATH; the newest version first. */
function listBinaryFolders (): string[] {
  const homes = ['/usr/lib/postgresql', '/usr/local/opt', '/opt/homebrew/opt', '/usr']
  return homes.flatMap((home) => {
    try {
      return readdirSync(home)
        .filter((name) => /^(\d+|postgresql@?\d*|pgsql-\d+)$/.test(name))
        .sort((a, b) => Number(b.replace(/\D/g, '')) - Number(a.replace(/\D/g, '')))
        .map((name) => join(home, name, 'bin'))
    } catch {
      return []
    }
  })
}

/** PostgreSQL refuses to run as root: the package's own user then, or nobody. */
function findServerUser (): { uid: number, gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    try {
      const ask = (flag: string): number => Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
      return { uid: ask('-u'), gid: ask('-g') }
    } catch {
      // No such user.
    }
  }
  return undefined
}
