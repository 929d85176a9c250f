/** The query by which a transaction leaves a notice of what it does; sending it is the outbox's affair. */
import { tablesIn } from '../../database/session-sql.ts'
import type { Sql } from '../../database/sql.ts'
import type { NoticeContent, NoticeEvent } from '../../notice-types.ts'
import { keptBy, type StoreOptions } from './options.ts'

export interface NewNotice {
  kind: NoticeEvent
  sessionId: string | null
  deviceId: string | null
  content: NoticeContent
  /** Notices that a user is sent in 24 hours; null: this one is for open pages only. */
  maxPerDay: number | null
}

/** It is due at once, or `limited`: kept, and shown on open pages, but not sent. */
export function noticeQueries (sql: Sql, options: StoreOptions) {
  const { notice: table, session } = tablesIn(options.schema)
  const kept = keptBy(options)

  return {
    async noteNotice (userIds: readonly string[], notice: NewNotice): Promise<void> {
      const { kind, sessionId, deviceId, maxPerDay } = notice
      const content = { ...notice.content, ipAddress: kept(notice.content.ipAddress) }
      await sql(`
        insert into ${table} (kind, user_id, session_id, device_id, content, due_at, outcome)
        select $2, u, $3, $4, $5::jsonb, case when room then now() end, case when not room then 'limited' end
        from unnest($1::text[]) as u cross join lateral (select case when $6::integer is not null then (
          select count(*) < $6 from ${table} n where n.user_id = u and n.created_at > now() - interval '24 hours'
            and (n.due_at is not null or n.outcome in ('sent', 'given_up'))) end as room) as r
        returning id`,
      [userIds, kind, sessionId, deviceId, JSON.stringify(content), maxPerDay])
    },

    /** Sessions of the same user and device that nobody has ended. */
    async sessionsOfDeviceOf (sessionId: string): Promise<string[]> {
      const rows = await sql<{ id: string }>(`
        select s.id from ${session} s join ${session} reported on reported.id = $1
        where s.user_id = reported.user_id and s.device_id = reported.device_id and s.revoked_at is null`, [sessionId])
      return rows.map(({ id }) => id)
    }
  }
}
