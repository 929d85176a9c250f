/** The queries of administrators: one query, one typed function. */
import { epochMs, living, sessionColumns, timedOut, type DetailRow, type SessionRow } from '../session-row.ts'
import { tableIn, type Sql } from '../sql.ts'
import type { Place } from './administration.ts'
import { filterCondition, filterValues, type SessionFilter } from './session-filter.ts'
import { endedColumns, oldestApplied, type Cause, type EndedSession } from './ended-session.ts'
import type { SessionStore, StoreOptions } from './session-store.ts'

/** A session's event; time in ms since 1970. */
export interface EventRow {
  id: string
  at: number
  type: string
  reason: string | null
  by: string | null
  ipAddress: string | null
}

export interface AdminStore {
  /** Newest first; after a place in that order. `createdAtMicros` is exact, for the next place. */
  search: (sql: Sql, filter: SessionFilter, page: { after: Place | null, limit: number }) => Promise<Array<SessionRow & { createdAtMicros: string }>>
  findWithAddresses: (sql: Sql, id: string) => Promise<DetailRow | null>
  eventsOf: (sql: Sql, id: string) => Promise<EventRow[]>
  countLiving: (sql: Sql, filter: SessionFilter) => Promise<number>
  /** Sessions that match and were ended by other transactions than these, while some node may not have applied it yet. */
  unappliedEnds: (sql: Sql, filter: SessionFilter, except: readonly string[]) => Promise<EndedSession[]>
  /** Whose living sessions match: a page, in the order of the users' ids. */
  usersWhere: (sql: Sql, filter: SessionFilter, page: { after: string | null, limit: number }) => Promise<string[]>
  /** Ends one chunk in the order of ids, and names the first of them. */
  endWhere: (sql: Sql, filter: SessionFilter, cause: Cause, chunk: { after: string | null, limit: number, named: number }) => Promise<EndedChunk>
}

/** Sessions that one transaction ended. */
export interface EndedChunk {
  count: number
  ids: string[]
  /** Null when it ended none. */
  xid: string | null
  /** The last id that matched; null when there was no more. */
  last: string | null
}

export function createAdminStore ({ schema, idleAllowanceMs }: StoreOptions, sessions: Pick<SessionStore, 'findWithAddresses'>): AdminStore {
  const session = tableIn(schema, 'live_session')
  const event = tableIn(schema, 'live_session_event')
  const node = tableIn(schema, 'live_session_node')
  const applied = tableIn(schema, 'live_session_applied')
  const matches = filterCondition(timedOut('$10'))

  return {
    search: (sql, filter, { after, limit }) => sql(`
      select ${sessionColumns('$10')}, (extract(epoch from created_at) * 1000000)::bigint::text as "createdAtMicros" from ${session}
      where ${matches} and ($11::bigint is null or (created_at, id) < (timestamptz 'epoch' + $11::bigint * interval '1 microsecond', $12::uuid))
      order by created_at desc, id desc limit $13`, [...filterValues(filter), idleAllowanceMs, after?.createdAt, after?.id, limit]),

    findWithAddresses: sessions.findWithAddresses,

    eventsOf: (sql, id) => sql(`
      select id, ${epochMs('at')} as at, type, reason, by, ip_address as "ipAddress" from ${event} where session_id = $1 order by at, id`, [id]),

    async countLiving (sql, filter) {
      const [row] = await sql<{ count: number }>(`
        select count(*)::int as count from ${session} where ${matches} and ${living('$10')}`, [...filterValues(filter), idleAllowanceMs])
      return row?.count ?? 0
    },

    unappliedEnds: (sql, filter, except) => sql(`
      select ${endedColumns('')} from ${session} where ${matches}
        and revoked_xid >= ${oldestApplied(node)} and revoked_xid <> all($11::text[]::xid8[]) and not ${applied}(revoked_xid)`,
    [...filterValues(filter), idleAllowanceMs, except]),

    async usersWhere (sql, filter, { after, limit }) {
      const rows = await sql<{ userId: string }>(`
        select distinct user_id as "userId" from ${session} where ${matches} and ${living('$10')} and ($11::text is null or user_id > $11)
        order by user_id limit $12`, [...filterValues(filter), idleAllowanceMs, after, limit])
      return rows.map(({ userId }) => userId)
    },

    async endWhere (sql, filter, { reason, by, ip }, { after, limit, named }) {
      const [row] = await sql<EndedChunk>(`
        with target as (
          select id from ${session} where ${matches} and ${living('$10')} and ($11::uuid is null or id > $11)
          order by id limit $12 for update
        ), ended as (
          update ${session} s set revoked_at = now(), revoked_reason = $13, revoked_by = $14, revoked_from = $15
          from target where s.id = target.id and s.revoked_at is null returning s.id, s.revoked_xid
        )
        select (select count(*)::int from ended) as count, array(select id from ended order by id limit $16) as ids,
          (select revoked_xid::text from ended limit 1) as xid,
          (select case when count(*) = $12 then (array_agg(id order by id desc))[1] end from target) as last`,
      [...filterValues(filter), idleAllowanceMs, after, limit, reason, by, ip, named])
      return row as EndedChunk
    }
  }
}
