/** The queries of administrators: one query, one typed function. */
import { epochMs, living, sessionColumns, timedOut, type DetailRow } from '../../session-row.ts'
import { tableIn, type Sql } from '../../database/sql.ts'
import { behind, microsOf, type PageOf, type Place, type PlacedRow } from './lists.ts'
import { filterCondition, filterValues, type SessionFilter } from './filter.ts'
import { endedColumns, oldestApplied, type Cause, type EndedSession } from '../ended-session.ts'
import type { SessionStore, StoreOptions } from './sessions.ts'

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
  /** Newest first, after a place in that order; those that match among the next {@link WINDOW}. Without sessions of the user `except`. */
  search: (sql: Sql, filter: SessionFilter, page: PageOf & { except: string | null }) => Promise<PlacedRow[]>
  /** Where {@link search} stopped looking, when there is more behind; null when it has seen all. */
  edgeOf: (sql: Sql, filter: SessionFilter, after: Place | null) => Promise<Place | null>
  findWithAddresses: (sql: Sql, id: string) => Promise<DetailRow | null>
  /** Newest first. */
  eventsOf: (sql: Sql, id: string, page: PageOf) => Promise<Array<EventRow & Place>>
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

/** Sessions that one page of a search looks through where no index finds them: its time is bounded, whatever the table's size. */
export const WINDOW = 2_000

/** Whether conditions are left that no index answers. */
function isSifted ({ userId: _user, ip: _ip, ...others }: SessionFilter): boolean {
  return Object.values(others).some((value) => value !== undefined)
}

export function createAdminStore ({ schema, idleAllowanceMs }: StoreOptions, sessions: Pick<SessionStore, 'findWithAddresses'>): AdminStore {
  const session = tableIn(schema, 'live_session')
  const event = tableIn(schema, 'live_session_event')
  const address = tableIn(schema, 'live_session_address')
  const node = tableIn(schema, 'live_session_node')
  const applied = tableIn(schema, 'live_session_applied')
  const matches = filterCondition(timedOut('$10'))

  /** The next so many sessions by an index, newest first: of an address, of a user, or of all. With the parameters for both, for a place, and how many. */
  function newest (filter: SessionFilter, { user, ip, micros, id, count }: Record<'user' | 'ip' | 'micros' | 'id' | 'count', string>): string {
    if (filter.ip === undefined) return `select * from ${session} where (${user}::text is null or user_id = ${user}) and ${behind('created_at', micros, id)} order by created_at desc, id desc limit ${count}`
    return `select s.* from ${address} a join ${session} s on s.id = a.session_id
      where a.ip = ${ip} and (${user}::text is null or s.user_id = ${user}) and ${behind('a.created_at', micros, id, 'a.session_id')}
      order by a.created_at desc, a.session_id desc limit ${count}`
  }

  return {
    search: (sql, filter, { after, limit, except }) => sql(`
      select ${sessionColumns('$10')}, ${microsOf('created_at')} as micros from (${newest(filter, { user: '$1', ip: '$2', micros: '$11', id: '$12', count: '$13' })}) newest
      where ${matches} and ($14::text is null or user_id <> $14) order by created_at desc, id desc limit $15`,
    [...filterValues(filter), idleAllowanceMs, after?.micros, after?.id, isSifted(filter) ? WINDOW : limit, except, limit]),

    async edgeOf (sql, filter, after) {
      if (!isSifted(filter)) return null
      const [row] = await sql<Place & { count: number }>(`
        select ${microsOf('min(created_at)')} as micros, (array_agg(id order by created_at, id))[1] as id, count(*)::int as count from (${newest(filter, { user: '$1', ip: '$5', micros: '$2', id: '$3', count: '$4' })}) newest`,
      [filter.userId, after?.micros, after?.id, WINDOW, ...(filter.ip === undefined ? [] : [filter.ip])])
      return row === undefined || row.count < WINDOW ? null : { micros: row.micros, id: row.id }
    },

    findWithAddresses: sessions.findWithAddresses,

    eventsOf: (sql, id, { after, limit }) => sql(`
      select id, ${epochMs('page.at')} as at, ${microsOf('page.at')} as micros, type, reason, by, ip_address as "ipAddress" from (select * from ${event}
        where session_id = $1 and ${behind('at', '$2', '$3')} order by at desc, id desc limit $4) page order by page.at desc, id desc`, [id, after?.micros, after?.id, limit]),

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
