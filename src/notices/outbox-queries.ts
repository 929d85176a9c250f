/** Queries on notices that are to be sent, on what became of them, and on what their links did. */
import { epochMs, tablesIn } from '../database/session-sql.ts'
import type { Sql } from '../database/sql.ts'
import type { NoticeContent, NoticeEvent } from '../notice-types.ts'

export interface NoticeRow {
  id: string
  kind: NoticeEvent
  userId: string
  sessionId: string | null
  deviceId: string | null
  content: NoticeContent
  /** In ms since 1970. */
  createdAt: number
  /** By the database's clock. */
  ageMs: number
  attempts: number
  mailed: boolean
  sent: boolean
  reportedAt: number | null
  othersEndedAt: number | null
}

/** A notice, and its attempt: each claim is the next one. */
export type ClaimedNotice = Pick<NoticeRow, 'id' | 'attempts'>

/** What became of it, finally. */
export type NoticeOutcome = 'sent' | 'spared' | 'given_up'

export interface OutboxQueries {
  /** Takes notices that are due; nobody else gets them before `claimMs` are over. */
  claim: (limit: number, claimMs: number) => Promise<NoticeRow[]>
  /** By this channel it is out, whatever comes. */
  noteDelivered: (id: string, channel: 'mail' | 'send') => Promise<void>
  /** Like `finish` it writes nothing, and gives false, where another attempt has begun since this row was claimed. */
  retry: (claimed: ClaimedNotice, inMs: number, error: string) => Promise<boolean>
  finish: (claimed: ClaimedNotice, outcome: NoticeOutcome, error: string | null) => Promise<boolean>
  find: (id: string) => Promise<NoticeRow | null>
  /** The link was used; the first time counts. Gives when, in ms since 1970. */
  noteReported: (id: string) => Promise<number>
  noteOthersEnded: (id: string) => Promise<void>
  /** Deletes notices older than this, so many at most; how many. */
  forget: (olderThanMs: number, limit: number) => Promise<number>
}

const MAX_ERROR = 500

export function outboxQueries (sql: Sql, { schema }: { schema: string | undefined }): OutboxQueries {
  const { notice } = tablesIn(schema)
  const columns = `n.id, n.kind, n.user_id as "userId", n.session_id as "sessionId",
    n.device_id as "deviceId", n.content,
    ${epochMs('n.created_at')} as "createdAt", ${epochMs('now()')} - ${epochMs('n.created_at')} as "ageMs",
    n.attempts, n.mailed_at is not null as mailed, n.sent_at is not null as sent,
    ${epochMs('n.reported_at')} as "reportedAt", ${epochMs('n.others_ended_at')} as "othersEndedAt"`

  return {
    async claim (limit, claimMs) {
      return await sql<NoticeRow>(`
        with due as (select id from ${notice} where due_at <= now() order by due_at limit $1 for update skip locked)
        update ${notice} n set attempts = attempts + 1, due_at = now() + $2::float8 * interval '1 millisecond'
        from due where n.id = due.id returning ${columns}`, [limit, claimMs])
    },

    async noteDelivered (id, channel) {
      await sql(`update ${notice} set ${channel === 'mail' ? 'mailed_at' : 'sent_at'} = now() where id = $1`, [id])
    },

    async retry ({ id, attempts }, inMs, error) {
      const written = await sql(`
        update ${notice} set due_at = now() + $3::float8 * interval '1 millisecond', error = $4
        where id = $1 and attempts = $2 and outcome is null returning id`,
      [id, attempts, inMs, error.slice(0, MAX_ERROR)])
      return written.length > 0
    },

    async finish ({ id, attempts }, outcome, error) {
      const written = await sql(`
        update ${notice} set due_at = null, outcome = $3, error = $4
        where id = $1 and attempts = $2 and outcome is null returning id`,
      [id, attempts, outcome, error?.slice(0, MAX_ERROR)])
      return written.length > 0
    },

    async find (id) {
      const [row] = await sql<NoticeRow>(`select ${columns} from ${notice} n where id = $1`, [id])
      return row ?? null
    },

    async noteReported (id) {
      const [row] = await sql<{ at: number }>(`
        update ${notice} set reported_at = coalesce(reported_at, now()) where id = $1
        returning ${epochMs('reported_at')} as at`, [id])
      return row?.at ?? 0
    },

    async noteOthersEnded (id) {
      await sql(`update ${notice} set others_ended_at = coalesce(others_ended_at, now()) where id = $1`, [id])
    },

    async forget (olderThanMs, limit) {
      const [row] = await sql<{ count: number }>(`
        with old as (
          select id from ${notice} where created_at < now() - $1::float8 * interval '1 millisecond' and due_at is null
          order by created_at limit $2 for update skip locked
        ), gone as (delete from ${notice} n using old where n.id = old.id returning 1)
        select count(*)::int as count from gone`, [olderThanMs, limit])
      return row?.count ?? 0
    }
  }
}
