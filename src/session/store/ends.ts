/** Queries that end sessions, and that ask how and by which transaction they ended. */
import { endedColumns, epochMs, oldestApplied, tablesIn, timedOut } from '../../database/session-sql.ts'
import type { Sql, StatementOptions } from '../../database/sql.ts'
import type { Cause, EndedSession, Selection, SessionEnd } from '../ended-session.ts'
import { keptBy, type StoreOptions } from './options.ts'

/** A device acknowledged its logout. */
export interface Receipt {
  sessionId: string
  eventId: string
}

const PREPARED: StatementOptions = { prepared: true }

export function endQueries (options: StoreOptions) {
  const { schema, idleAllowanceMs } = options
  const { session, node, applied } = tablesIn(schema)
  const kept = keptBy(options)
  /**
   * The name of the device that ends `s` from another session of the same user; `id` is that session's. Looked up once,
   * by its id alone: with a condition on `s` the planner may go through all sessions of the user, for each of them.
   */
  const deviceOf = (id: string): string => {
    const its = (column: string): string => `(select ${column} from ${session} where id = ${id}::uuid)`
    return `case when s.id <> ${id}::uuid and s.user_id = ${its('user_id')} then ${its('device_name')} end`
  }

  return {
    /**
     * Ends these sessions, in id order, and gives those that had not ended before. The trigger writes xid and event.
     */
    async end (sql: Sql, selection: Selection, { reason, by, ip, bySession = null }: Cause): Promise<EndedSession[]> {
      if ('ids' in selection && selection.ids.length === 1) {
        return await sql<EndedSession>(`
          update ${session} s set revoked_at = now(), revoked_reason = $3, revoked_by = $4, revoked_from = $5,
            revoked_by_device = ${deviceOf('$6')}
          where id = $1 and ($2::text is null or user_id = $2) and revoked_at is null
          returning ${endedColumns()}`,
        [selection.ids[0], selection.userId, reason, by, kept(ip), bySession], PREPARED)
      }
      const { where, values } = selected(selection)
      // An array and no join, and no other condition: for a table that grew since its statistics were made the planner
      // would choose ways that compare each of 100,000 with each. No row that `target` has locked has ended.
      return await sql<EndedSession>(`
        with target as (select id from ${session} where ${where} and revoked_at is null order by id for update)
        update ${session} s set revoked_at = now(), revoked_reason = $3, revoked_by = $4, revoked_from = $5,
          revoked_by_device = ${deviceOf('$6')}
        where s.id = any(array(select id from target))
        returning ${endedColumns('s.')}`, [...values, reason, by, kept(ip), bySession])
    },

    /** Whose sessions these are. */
    async usersOf (sql: Sql, selection: Selection): Promise<string[]> {
      const { where, values } = selected(selection)
      const rows = await sql<{ userId: string }>(
        `select distinct user_id as "userId" from ${session} where ${where}`,
        values
      )
      return rows.map(({ userId }) => userId)
    },

    /**
     * Of these sessions, those that have ended while some node may not have applied it yet: what a repeat has to wait
     * for.
     */
    async unappliedEnds (sql: Sql, selection: Selection): Promise<EndedSession[]> {
      const { where, values } = selected(selection)
      return await sql<EndedSession>(`
        select ${endedColumns()} from ${session}
        where ${where} and revoked_xid >= ${oldestApplied(node)} and not ${applied}(revoked_xid)
        order by id`, values)
    },

    /** Of these sessions, those that live no more, with how they ended. */
    async findEnds (sql: Sql, ids: readonly string[]): Promise<SessionEnd[]> {
      return await sql<SessionEnd>(`
        select asked.id, coalesce(${epochMs('revoked_at')}, ${epochMs('now()')}) as at, revoked_event_id as "eventId", revoked_by_device as "byDevice",
          case when s.id is null then 'policy' when revoked_at is not null then coalesce(revoked_reason, 'policy') else ${
          timedOut('$2')
        } end as reason
        from unnest($1::uuid[]) as asked (id) left join ${session} s on s.id = asked.id
        where s.id is null or revoked_at is not null or ${timedOut('$2')} is not null`, [ids, idleAllowanceMs])
    },

    /** Ends a session that is idle by the database's clock; nothing when it is not. */
    async endIdle (sql: Sql, id: string): Promise<EndedSession[]> {
      return await sql<EndedSession>(`
        update ${session} s set revoked_at = now(), revoked_reason = 'idle_timeout', revoked_by = 'system'
        where id = $1 and revoked_at is null and ${timedOut('$2')} = 'idle_timeout'
        returning ${endedColumns('s.')}`, [id, idleAllowanceMs])
    },

    /** Of these sessions, those that this transaction really ended: a part of it may have been rolled back. */
    async endedBy (sql: Sql, xid: string, ids: readonly string[]): Promise<EndedSession[]> {
      return await sql<EndedSession>(
        `select ${endedColumns()} from ${session} where id = any($1::uuid[]) and revoked_xid = $2::text::xid8 order by id`,
        [ids, xid]
      )
    },

    /** These devices said that their logouts arrived. */
    async markDelivered (sql: Sql, receipts: readonly Receipt[]): Promise<void> {
      await sql(`
        with receipt as (
          select s.id from ${session} s join unnest($1::uuid[], $2::uuid[]) as r (id, event_id) on s.id = r.id and s.revoked_event_id = r.event_id
          where s.logout_delivered_at is null order by s.id for update of s
        )
        update ${session} s set logout_delivered_at = now() from receipt where s.id = receipt.id`,
      [receipts.map(({ sessionId }) => sessionId), receipts.map(({ eventId }) => eventId)])
    }
  }
}

/** `$1` and `$2` of a selection. */
function selected (selection: Selection): { where: string, values: [unknown, unknown] } {
  if ('ids' in selection) {
    return {
      where: 'id = any($1::uuid[]) and ($2::text is null or user_id = $2)',
      values: [selection.ids, selection.userId]
    }
  }
  return { where: 'user_id = $1 and ($2::uuid is null or id <> $2)', values: [selection.userId, selection.except] }
}
