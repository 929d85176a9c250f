/** Nodes that clean up: each with a pool of its own, over one database; and rows of any age. */
import type { Test } from 'tap'
import { createCleanup, type Cleanup, type CleanupOptions } from '../../src/session/cleanup.ts'
import type { EndedSession } from '../../src/session/ended-session.ts'
import { openDatabase, type Database } from '../../src/database/database.ts'
import { createStore } from '../../src/session/store/store.ts'
import { createDatabase, type TestDatabase } from './database.ts'

export const DAY_MS = 86_400_000

export type CleaningOptions = Partial<Pick<CleanupOptions, 'inactiveMs' | 'retentionMs' | 'addressRetentionMs'>>

export interface CleaningNode {
  cleanup: Cleanup
  database: Database
  applied: EndedSession[]
}

export function openNode (t: Test, test: TestDatabase, { inactiveMs = 30 * DAY_MS, retentionMs = 90 * DAY_MS, addressRetentionMs }: CleaningOptions = {}): Promise<CleaningNode> {
  return openDatabase({ database: { url: test.url, pool: { min: 0, max: 3 } }, queryTimeoutMs: 30_000 }).then((database) => {
    t.teardown(database.close)
    const applied: EndedSession[] = []
    const store = createStore({ database, idleAllowanceMs: 30 * DAY_MS, onError: () => {} })
    return { database, applied, cleanup: createCleanup({ store, inactiveMs, retentionMs, ...(addressRetentionMs === undefined ? {} : { addressRetentionMs }), apply: (ended) => { applied.push(...ended) } }) }
  })
}

export async function openNodes (t: Test, count: number, options?: CleaningOptions): Promise<{ nodes: CleaningNode[], test: TestDatabase }> {
  const test = await createDatabase(t)
  return { test, nodes: await Promise.all(Array.from({ length: count }, () => openNode(t, test, options))) }
}

/** So many sessions that were active, expire and have ended that many days ago; the user's name is the group's. */
export async function insertSessions ({ query }: TestDatabase, group: string, count: number, { activeDaysAgo = 0, expiresInDays = 1, endedDaysAgo }: { activeDaysAgo?: number, expiresInDays?: number, endedDaysAgo?: number } = {}): Promise<void> {
  await query(`insert into live_session (id, user_id, device_name, device_type, user_agent, created_at, last_activity_at, expires_at, revoked_at, revoked_reason)
    select gen_random_uuid(), $1, 'd', 'unknown', '', now() - interval '200 days', now() - $3 * interval '1 day', now() + $4 * interval '1 day',
      now() - $5::int * interval '1 day', case when $5::int is null then null else 'logout' end
    from generate_series(1, $2)`, [group, count, activeDaysAgo, expiresInDays, endedDaysAgo ?? null])
}

/** How many sessions of each group live and have ended: `group: living/ended`. */
export async function census ({ query }: TestDatabase): Promise<Record<string, string>> {
  const rows = await query<{ group: string, living: number, ended: number }>(`select user_id as "group",
    count(*) filter (where revoked_at is null)::int as living, count(revoked_at)::int as ended from live_session group by 1 order by 1`)
  return Object.fromEntries(rows.map(({ group, living, ended }) => [group, `${living}/${ended}`]))
}
