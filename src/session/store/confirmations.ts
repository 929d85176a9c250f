/** Queries on sessions that wait for a confirmation, and on what logins were judged by. */
import { active, sessionColumns, tablesIn } from '../../database/session-sql.ts'
import type { Sql } from '../../database/sql.ts'
import type { NoticeKind, RiskDecision, RiskReason } from '../../protocol.ts'
import type { SessionRow } from '../../session-row.ts'
import { keptBy, type StoreOptions } from './options.ts'

/** What a login was judged by, as its event keeps it. */
export interface JudgedBy {
  decision: RiskDecision
  score: number
  reasons: RiskReason[]
}

export function confirmationQueries (options: StoreOptions) {
  const { schema, idleAllowanceMs } = options
  const { session, event } = tablesIn(schema)
  const kept = keptBy(options)

  return {
    /**
     * A login was judged, with what became of it; `kind`: what the user's other devices are told. Without a session
     * when it was refused.
     */
    async noteAssessment (
      sql: Sql,
      { userId, sessionId, kind, ip, ...judged }: JudgedBy & {
        userId: string,
        sessionId: string | null,
        kind: NoticeKind | null,
        ip: string | null
      }
    ): Promise<void> {
      await sql(
        `
        insert into ${event} (type, user_id, session_id, reason, by, ip_address, details) values ('assessed', $1, $2, $3, 'system', $4, $5::jsonb)
        returning id`,
        [userId, sessionId, kind, kept(ip), JSON.stringify(judged)])
    },

    /** What this session's login was judged by; null where nothing spoke against it. */
    async judgedBy (sql: Sql, sessionId: string): Promise<JudgedBy | null> {
      const [row] = await sql<{ details: JudgedBy }>(
        `
        select details from ${event} where session_id = $1 and type = 'assessed' order by at desc, id desc limit 1`,
        [sessionId]
      )
      return row?.details ?? null
    },

    /**
     * The session waits no more, and lives as long as any; null when there is no active one of that id, of that user,
     * that waits.
     */
    async confirm (sql: Sql, id: string, userId: string): Promise<SessionRow & { deviceId: string | null } | null> {
      const [row] = await sql<SessionRow & { deviceId: string | null }>(`
        with confirmed as (
          update ${session} set expires_at = full_expires_at, full_expires_at = null
          where id = $1 and user_id = $2 and full_expires_at is not null and ${active('$3')} returning *
        ), noted as (
          insert into ${event} (type, user_id, session_id, by) select 'confirmed', user_id, id, user_id from confirmed
        )
        select ${sessionColumns('$3')}, device_id as "deviceId" from confirmed`, [id, userId, idleAllowanceMs])
      return row ?? null
    }
  }
}
