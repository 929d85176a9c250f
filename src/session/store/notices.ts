/** The query by which a transaction leaves a notice of what it does; sending it is the outbox's affair. */
import { tablesIn } from '../../database/session-sql.ts'
import type { Sql } from '../../database/sql.ts'
import type { NoticeContent, NoticeEvent, NoticeSession } from '../../notice-types.ts'
import { keptBy, type StoreOptions } from './options.ts'

export interface NewNotice {
  kind: NoticeEvent
  sessionId: string | null
  deviceId: string | null
  content: NoticeContent
  /** Notices that a user is sent in 24 hours; null: this one is for open pages only. */
  maxPerDay: number | null
}

/** The session that a notice is about now. */
export interface MovedNotice {
  session: NoticeSession
  deviceId: string | null
}

/** It is due at once, or `limited`: kept, and shown on open pages, but not sent. */
export function noticeQueries (options: StoreOptions) {
  const { notice: table } = tablesIn(options.schema)
  const kept = keptBy(options)

  return {
    async noteNotice (sql: Sql, userIds: readonly string[], notice: NewNotice): Promise<void> {
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

    /**
     * What is, or was, told of these sessions' logins is about another session from now on, which took their place;
     * whether there was anything. A mail that has been sent leads to that one, too.
     */
    async moveNotices (sql: Sql, sessionIds: readonly string[], { session, deviceId }: MovedNotice): Promise<boolean> {
      const moved = await sql(`
        update ${table} set session_id = $2, device_id = $3, content = jsonb_set(content, '{session}', $4::jsonb)
        where session_id = any($1::uuid[]) and reported_at is null returning id`,
      [sessionIds, session.id, deviceId, JSON.stringify(session)])
      return moved.length > 0
    }
  }
}
