/** The queries of the cleanup: pages of ended and forgotten sessions, and of old events. */
import { endedColumns, tablesIn, timedOut } from '../../database/session-sql.ts'
import type { Sql } from '../../database/sql.ts'
import type { EndedSession } from '../ended-session.ts'
import type { StoreOptions } from './options.ts'

/** Where a page of the cleanup begins, and what is old. */
export interface CleanPage {
  after: string | null
  limit: number
  retentionMs: number
}

export interface CleanedPage {
  /** The last id of the page; null when there was none. */
  last: string | null
  looked: number
  deleted: number
}

export function cleanupQueries ({ schema, idleAllowanceMs }: StoreOptions) {
  const { session, event, applied } = tablesIn(schema)
  const due = timedOut('least($3::float8, $5::float8)', 's.')

  return {
    /** Whether this transaction may clean up: one at a time, over all nodes. */
    async tryLockCleanup (sql: Sql): Promise<boolean> {
      const [row] = await sql<{ locked: boolean }>('select pg_try_advisory_xact_lock(5184471213) as locked')
      return row?.locked ?? false
    },

    /**
     * One page of sessions after this id: ends those that are idle or expired, deletes those that ended before the
     * retention time.
     */
    async cleanSessions (
      sql: Sql,
      { after, limit, inactiveMs, retentionMs }: CleanPage & { inactiveMs: number }
    ): Promise<CleanedPage & { ended: EndedSession[] }> {
      const [row] = await sql<CleanedPage & { ended: EndedSession[] }>(
        `
        with page as (
          select id, revoked_at, expires_at, last_activity_at from ${session} where $1::uuid is null or id > $1 order by id limit $2
        ), due as (
          select s.id, ${due} as reason from ${session} s join page using (id)
          where s.revoked_at is null and ${due} is not null
          order by s.id for update of s skip locked
        ), ended as (
          update ${session} s set revoked_at = now(), revoked_reason = due.reason, revoked_by = 'system'
          from due where s.id = due.id returning ${endedColumns('s.')}
        ), deleted as (
          delete from ${session} s using page where s.id = page.id
            and s.revoked_at < now() - $4::float8 * interval '1 millisecond' and ${applied}(s.revoked_xid) returning 1
        )
        select (select id from page order by id desc limit 1) as last, (select count(*)::int from page) as looked,
          (select count(*)::int from deleted) as deleted, coalesce((select jsonb_agg(e) from ended e), '[]'::jsonb) as ended`,
        [after, limit, inactiveMs, retentionMs, idleAllowanceMs])
      return row as CleanedPage & { ended: EndedSession[] }
    },

    /** One page of events after this id: deletes those older than the retention time. */
    async cleanEvents (sql: Sql, { after, limit, retentionMs }: CleanPage): Promise<CleanedPage> {
      const [row] = await sql<CleanedPage>(`
        with page as (
          select id from ${event} where $1::uuid is null or id > $1 order by id limit $2
        ), deleted as (
          delete from ${event} e using page where e.id = page.id and e.at < now() - $3::float8 * interval '1 millisecond' returning 1
        )
        select (select id from page order by id desc limit 1) as last, (select count(*)::int from page) as looked,
          (select count(*)::int from deleted) as deleted`, [after, limit, retentionMs])
      return row as CleanedPage
    }
  }
}
