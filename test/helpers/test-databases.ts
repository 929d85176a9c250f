/** The names of test databases, and the sweeping up of those that killed runs left behind. Loads nothing of the product. */
import { randomBytes } from 'node:crypto'
import pg from 'pg'

const PREFIX = 'live_sessions_test_'
/** A test database this old belongs to a run that was killed. */
const LEFTOVER_AFTER_MS = 3_600_000

/** A new name, which says when it was made up. */
export function nameTestDatabase (): string {
  return `${PREFIX}${Date.now().toString(36)}_${randomBytes(6).toString('hex')}`
}

/** Drops what killed runs left behind on the server. */
export async function dropLeftovers (server: string): Promise<void> {
  await withClient(server, async (client) => {
    const { rows } = await client.query<{ datname: string }>('select datname from pg_database where starts_with(datname, $1)', [PREFIX])
    for (const { datname } of rows) {
      const born = Number.parseInt(datname.slice(PREFIX.length).split('_')[0] ?? '', 36)
      if (born < Date.now() - LEFTOVER_AFTER_MS) await client.query(`drop database if exists ${datname} with (force)`)
    }
  })
}

/** One connection a server, which stays open and holds up no process: most tests make or rename a database or two. */
const kept = new Map<string, pg.Pool>()

/** How many rows it touched, or gave. */
export async function runOn (server: string, sql: string): Promise<number> {
  let pool = kept.get(server)
  if (pool === undefined) {
    pool = new pg.Pool({ connectionString: server, max: 1, idleTimeoutMillis: 0, allowExitOnIdle: true }).on('error', () => {})
    kept.set(server, pool)
  }
  return (await pool.query(sql)).rowCount ?? 0
}

export async function withClient (server: string, use: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  client.on('error', () => {})
  await client.connect()
  try {
    await use(client)
  } finally {
    await client.end()
  }
}
