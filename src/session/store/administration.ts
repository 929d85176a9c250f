/** Queries over everybody's sessions: what administrators search and end by. */
import {
  active, behind, endedColumns, epochMicros, epochMs, oldestApplied, sessionColumns, tablesIn
} from '../../database/session-sql.ts'
import type { Sql } from '../../database/sql.ts'
import type { Cause, EndedSession } from '../ended-session.ts'
import { filterCondition, filterValues, type SessionFilter } from './filter.ts'
import type { PageRequest, Position, PositionedRow } from './lists.ts'
import { keptBy, type StoreOptions } from './options.ts'

/** A session's event; time in ms since 1970. */
export interface EventRow {
  id: string
  at: number
  type: string
  reason: string | null
  by: string | null
  ipAddress: string | null
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

/**
 * Sessions that one page of a search looks through where no index finds them: its time is bounded, whatever the table's
 * size.
 */
export const SEARCH_WINDOW = 2_000

/** Whether conditions are left that no index answers. */
function isSifted ({ userId: _user, ip: _ip, ...others }: SessionFilter): boolean {
  return Object.values(others).some((value) => value !== undefined)
}

export function administrationQueries (options: StoreOptions) {
  const { schema, idleAllowanceMs } = options
  const { session, event, address, node, applied } = tablesIn(schema)
  const matches = filterCondition('$10')
  const kept = keptBy(options)

  /**
   * The next `count` sessions by an index, newest first: of an address, of a user, or of all, behind a position. Takes
   * the parameters' names.
   */
  function newest (
    filter: SessionFilter,
    { user, ip, micros, id, count }: Record<'user' | 'ip' | 'micros' | 'id' | 'count', string>
  ): string {
    if (filter.ip === undefined) {
      return `select * from ${session} where (${user}::text is null or user_id = ${user}) and ${
        behind('created_at', micros, id)
      }
        order by created_at desc, id desc limit ${count}`
    }
    return `select s.* from ${address} a join ${session} s on s.id = a.session_id
      where a.ip = ${ip} and (${user}::text is null or s.user_id = ${user}) and ${
      behind('a.created_at', micros, id, 'a.session_id')
    }
      order by a.created_at desc, a.session_id desc limit ${count}`
  }

  return {
    /**
     * Newest first, behind a position; those that match among the next {@link SEARCH_WINDOW}. Without sessions of the
     * user `except`.
     */
    async search (
      sql: Sql,
      filter: SessionFilter, { after, limit, except }: PageRequest & { except: string | null }
    ): Promise<PositionedRow[]> {
      const candidates = newest(filter, { user: '$1', ip: '$2', micros: '$11', id: '$12', count: '$13' })
      return await sql<PositionedRow>(`
        select ${sessionColumns('$10')}, ${epochMicros('created_at')} as micros from (${candidates}) newest
        where ${matches} and ($14::text is null or user_id <> $14) order by created_at desc, id desc limit $15`,
      [
        ...filterValues(filter), idleAllowanceMs, after?.micros, after?.id,
        isSifted(filter) ? SEARCH_WINDOW : limit, except, limit
      ])
    },

    /** Where {@link search} stopped looking, when there is more behind; null when it has seen all. */
    async edgeOf (sql: Sql, filter: SessionFilter, after: Position | null): Promise<Position | null> {
      if (!isSifted(filter)) return null
      const looked = newest(filter, { user: '$1', ip: '$5', micros: '$2', id: '$3', count: '$4' })
      const [row] = await sql<Position & { count: number }>(
        `
        select ${
          epochMicros('min(created_at)')
        } as micros, (array_agg(id order by created_at, id))[1] as id, count(*)::int as count
        from (${looked}) newest`,
        [filter.userId, after?.micros, after?.id, SEARCH_WINDOW, ...(filter.ip === undefined ? [] : [filter.ip])])
      return row === undefined || row.count < SEARCH_WINDOW ? null : { micros: row.micros, id: row.id }
    },

    /** What happened to this session, newest first. */
    async eventsOf (sql: Sql, id: string, { after, limit }: PageRequest): Promise<Array<EventRow & Position>> {
      return await sql<EventRow & Position>(
        `
        select id, ${epochMs('page.at')} as at, ${
          epochMicros('page.at')
        } as micros, type, reason, by, ip_address as "ipAddress"
        from (select * from ${event} where session_id = $1 and ${
          behind('at', '$2', '$3')
        } order by at desc, id desc limit $4) page
        order by page.at desc, id desc`,
        [id, after?.micros, after?.id, limit]
      )
    },

    /** How many active sessions match. */
    async countWhere (sql: Sql, filter: SessionFilter): Promise<number> {
      const [row] = await sql<{ count: number }>(`
        select count(*)::int as count from ${session} where ${matches} and ${active('$10')}`,
      [...filterValues(filter), idleAllowanceMs])
      return row?.count ?? 0
    },

    /**
     * Sessions that match and were ended by other transactions than these, while some node may not have applied it yet.
     */
    async unappliedEndsWhere (sql: Sql, filter: SessionFilter, except: readonly string[]): Promise<EndedSession[]> {
      return await sql<EndedSession>(`
        select ${endedColumns()} from ${session} where ${matches}
          and revoked_xid >= ${
          oldestApplied(node)
        } and revoked_xid <> all($11::text[]::xid8[]) and not ${applied}(revoked_xid)`,
      [...filterValues(filter), idleAllowanceMs, except]
      )
    },

    /** Whose active sessions match: a page, in the order of the users' ids. */
    async usersWhere (
      sql: Sql,
      filter: SessionFilter,
      { after, limit }: { after: string | null, limit: number }
    ): Promise<string[]> {
      const rows = await sql<{ userId: string }>(
        `
        select distinct user_id as "userId" from ${session}
        where ${matches} and ${active('$10')} and ($11::text is null or user_id > $11)
        order by user_id limit $12`, [...filterValues(filter), idleAllowanceMs, after, limit])
      return rows.map(({ userId }) => userId)
    },

    /** Ends one chunk in the order of ids, and names the first of them. */
    async endWhere (
      sql: Sql,
      filter: SessionFilter,
      { reason, by, ip }: Cause,
      { after, limit, named }: { after: string | null, limit: number, named: number }
    ): Promise<EndedChunk> {
      const [row] = await sql<EndedChunk>(`
        with target as (
          select id from ${session} where ${matches} and ${active('$10')} and ($11::uuid is null or id > $11)
          order by id limit $12 for update
        ), ended as (
          update ${session} s set revoked_at = now(), revoked_reason = $13, revoked_by = $14, revoked_from = $15
          from target where s.id = target.id and s.revoked_at is null returning s.id, s.revoked_xid
        )
        select (select count(*)::int from ended) as count, array(select id from ended order by id limit $16) as ids,
          (select revoked_xid::text from ended limit 1) as xid,
          (select case when count(*) = $12 then (array_agg(id order by id desc))[1] end from target) as last`,
      [...filterValues(filter), idleAllowanceMs, after, limit, reason, by, kept(ip), named])
      return row as EndedChunk
    }
  }
}
