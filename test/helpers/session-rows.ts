/** The store over a database of the test's own, and rows to try it on. */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Test } from 'tap'
import { describeDevice } from '../../src/device/device.ts'
import type { SessionRow } from '../../src/session-row.ts'
import { openDatabase, type Database } from '../../src/database/database.ts'
import { MIGRATIONS_TABLE, TABLES } from '../../src/database/tables.ts'
import type { EndedSession } from '../../src/session/ended-session.ts'
import { createStore, type Store } from '../../src/session/store/store.ts'
import type { Sql } from '../../src/database/sql.ts'
import { createDatabase, type TestDatabase } from './database.ts'

export const HOUR = 3_600_000
export const BY_USER = { reason: 'revoked_by_user', by: 'someone', ip: '192.0.2.9' } as const

export interface Rows {
  test: TestDatabase
  database: Database
  sql: Sql
  store: Store
  /** A living session; `ago` shifts its activity into the past, in ms. */
  insert: (userId?: string, options?: { ip?: string | null, activeAgoMs?: number }) => Promise<SessionRow>
  endOne: (id: string) => Promise<EndedSession | undefined>
  /** Before each case of a file that shares them: it finds no row of an earlier one. */
  empty: () => Promise<void>
}

export async function openRows (t: Test, { idleAllowanceMs = HOUR, pool = 5 } = {}): Promise<Rows> {
  const test = await createDatabase(t)
  const database = await openDatabase({ database: { url: test.url, pool: { min: 0, max: pool } }, queryTimeoutMs: 120_000 })
  t.teardown(database.close)
  const store = createStore({ database, idleAllowanceMs, onError: () => {} })
  const { sql } = database
  return {
    test,
    database,
    sql,
    store,
    async insert (userId = 'someone', { ip = '192.0.2.1', activeAgoMs = 0 } = {}) {
      const row = await store.insert({
        id: randomUUID(), userId, clientId: null, deviceId: null, device: describeDevice({ 'user-agent': 'curl/8.0' }), ip, absoluteTimeoutMs: 24 * HOUR
      })
      if (activeAgoMs > 0) await test.query("update live_session set last_activity_at = now() - $2 * interval '1 ms' where id = $1", [row.id, activeAgoMs])
      return row
    },
    endOne: async (id) => (await store.end({ ids: [id] }, BY_USER))[0],
    async empty () {
      // As the triggers allow it: no node is left that does not know of an end, and no session that is alive.
      await test.query(`
        delete from live_session_node;
        update live_session set expires_at = now() - interval '1 second' where revoked_at is null;
        ${TABLES.filter((table) => table !== MIGRATIONS_TABLE).map((table) => `delete from ${table}`).join('; ')}`)
    }
  }
}

/** A connection of the test's own, for transactions that it holds open. */
export async function connectTo (t: Test, { url }: TestDatabase): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  t.teardown(async () => { await client.end() })
  return client
}

/** Resolves when somebody else of this database waits for a lock: what the test forced has come about. */
export async function lockAwaited ({ query }: TestDatabase, waiting = 1): Promise<void> {
  for (;;) {
    const [row] = await query<{ count: number }>("select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
    if ((row?.count ?? 0) >= waiting) return
    await delay(5)
  }
}
