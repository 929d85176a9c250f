/**
 * The queries behind a user's list: in pages, each by an index that other users' and long ended sessions do not
 * lengthen. The page is chosen first and written out then: where PostgreSQL sorts, it would write out all that it
 * sorts. Ended ones are chosen in the index alone.
 */
import { active, behind, endMoment, epochMicros, sessionColumns, tablesIn } from '../../database/session-sql.ts'
import type { Sql } from '../../database/sql.ts'
import type { SessionRow } from '../../session-row.ts'
import type { StoreOptions } from './options.ts'

/** A row's position in an order by time and id. */
export interface Position {
  /** In microseconds since 1970, as exact as PostgreSQL has it. */
  micros: string
  id: string
}

/** A row, and its position for the next page. */
export type PositionedRow = SessionRow & { micros: string }

export interface PageRequest {
  after: Position | null
  limit: number
}

export function listQueries ({ schema, idleAllowanceMs }: StoreOptions) {
  const { session } = tablesIn(schema)

  return {
    /**
     * Sessions that nobody has ended, latest login first; with `endedWithinMs`, those too that ended by themselves so
     * long ago at most.
     */
    async openOfUser (
      sql: Sql,
      userId: string,
      endedWithinMs: number | null,
      { after, limit }: PageRequest
    ): Promise<PositionedRow[]> {
      return await sql<PositionedRow>(
        `
        select ${sessionColumns('$2')}, ${epochMicros('created_at')} as micros from (select * from ${session}
          where user_id = $1 and revoked_at is null and ((${active('$2')}) or ${
          endMoment('$2')
        } > now() - $3::float8 * interval '1 millisecond')
            and ${behind('created_at', '$4', '$5')}
          order by created_at desc, id desc limit $6) page
        order by created_at desc, id desc`, [userId, idleAllowanceMs, endedWithinMs, after?.micros, after?.id, limit])
    },

    /** Sessions that somebody has ended so long ago at most, latest end first. */
    async endedOfUser (
      sql: Sql,
      userId: string,
      endedWithinMs: number,
      { after, limit }: PageRequest
    ): Promise<PositionedRow[]> {
      return await sql<PositionedRow>(
        `
        select ${sessionColumns('$2')}, ${
          epochMicros('revoked_at')
        } as micros from (select id, revoked_at from ${session}
          where user_id = $1 and revoked_at is not null and revoked_at > now() - $3::float8 * interval '1 millisecond'
            and ${behind('revoked_at', '$4', '$5')}
          order by revoked_at desc, id desc limit $6) page join ${session} using (id, revoked_at)
        order by revoked_at desc, id desc`, [userId, idleAllowanceMs, endedWithinMs, after?.micros, after?.id, limit])
    }
  }
}
