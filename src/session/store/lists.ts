/**
 * The queries behind a user's list: in pages, each by an index that other users' and long ended sessions do not lengthen. The page is
 * chosen first and written out then: where PostgreSQL sorts, it would write out all that it sorts. Ended ones are chosen in the index alone.
 */
import { endMoment, living, sessionColumns, type SessionRow } from '../../session-row.ts'
import { tableIn, type Sql } from '../../database/sql.ts'
import type { StoreOptions } from './sessions.ts'

/** A row's place in an order by time and id. */
export interface Place {
  /** In microseconds since 1970, as exact as PostgreSQL has it. */
  micros: string
  id: string
}

/** A row, and its place for the next page. */
export type PlacedRow = SessionRow & { micros: string }

export interface PageOf {
  after: Place | null
  limit: number
}

export function microsOf (column: string): string {
  return `(extract(epoch from ${column}) * 1000000)::bigint::text`
}

/** SQL: behind this place, in descending order; `$micros` and `$id` are parameters. */
export function behind (column: string, micros: string, id: string, idColumn = 'id'): string {
  return `(${micros}::bigint is null or (${column}, ${idColumn}) < (timestamptz 'epoch' + ${micros}::bigint * interval '1 microsecond', ${id}::uuid))`
}

export function createListStore ({ schema, idleAllowanceMs }: StoreOptions) {
  const session = tableIn(schema, 'live_session')

  return {
    /** Sessions that nobody has ended, latest login first; with `endedWithinMs`, those too that ended by themselves so long ago at most. */
    async openOfUser (sql: Sql, userId: string, endedWithinMs: number | null, { after, limit }: PageOf): Promise<PlacedRow[]> {
      return await sql<PlacedRow>(`
        select ${sessionColumns('$2')}, ${microsOf('created_at')} as micros from (select * from ${session}
          where user_id = $1 and revoked_at is null and ((${living('$2')}) or ${endMoment('$2')} > now() - $3::float8 * interval '1 millisecond')
            and ${behind('created_at', '$4', '$5')}
          order by created_at desc, id desc limit $6) page
        order by created_at desc, id desc`, [userId, idleAllowanceMs, endedWithinMs, after?.micros, after?.id, limit])
    },

    /** Sessions that somebody has ended so long ago at most, latest end first. */
    async endedOfUser (sql: Sql, userId: string, endedWithinMs: number, { after, limit }: PageOf): Promise<PlacedRow[]> {
      return await sql<PlacedRow>(`
        select ${sessionColumns('$2')}, ${microsOf('revoked_at')} as micros from (select id, revoked_at from ${session}
          where user_id = $1 and revoked_at is not null and revoked_at > now() - $3::float8 * interval '1 millisecond'
            and ${behind('revoked_at', '$4', '$5')}
          order by revoked_at desc, id desc limit $6) page join ${session} using (id, revoked_at)
        order by revoked_at desc, id desc`, [userId, idleAllowanceMs, endedWithinMs, after?.micros, after?.id, limit])
    }
  }
}
