/** Queries on single sessions and on those of a user: find, list, rename, and whose person was proved lately. */
import { active, endMoment, LONGEST_AGO_MS, sessionColumns, tablesIn } from '../../database/session-sql.ts'
import type { Sql } from '../../database/sql.ts'
import type { DetailRow, SessionRow } from '../../session-row.ts'
import type { StoreOptions } from './options.ts'

export function sessionQueries ({ schema, idleAllowanceMs }: StoreOptions) {
  const { session, event } = tablesIn(schema)

  return {
    /** The row, alive or not; the one query of an admission. */
    async find (sql: Sql, id: string): Promise<SessionRow | null> {
      const [row] = await sql<SessionRow>(`select ${sessionColumns('$2')} from ${session} where id = $1`, [
        id,
        idleAllowanceMs
      ], { prepared: true })
      return row ?? null
    },

    async findWithAddresses (sql: Sql, id: string): Promise<DetailRow | null> {
      const [row] = await sql<DetailRow>(
        `select ${sessionColumns('$2')}, addresses from ${session} where id = $1`, [id, idleAllowanceMs])
      return row ?? null
    },

    /** The user's sessions, latest activity first; with `endedWithinMs`, those too that ended so long ago at most. */
    async listOfUser (sql: Sql, userId: string, endedWithinMs: number | null): Promise<SessionRow[]> {
      return await sql<SessionRow>(`
        select ${sessionColumns('$2')} from ${session}
        where user_id = $1 and ((${active('$2')})
          or ${endMoment('$2')} > now() - $3::float8 * interval '1 millisecond')
        order by last_activity_at desc, created_at desc, id`, [userId, idleAllowanceMs, endedWithinMs])
    },

    /** The renamed session; null when there is no active one of that id (of that user). */
    async rename (sql: Sql, id: string, userId: string | undefined, deviceName: string): Promise<SessionRow | null> {
      const [row] = await sql<SessionRow>(`
        with renamed as (
          update ${session} set device_name = $3
          where id = $1 and ($2::text is null or user_id = $2) and ${active('$4')} returning *
        ), noted as (
          insert into ${event} (type, user_id, session_id, by) select 'renamed', user_id, id, user_id from renamed
        )
        select ${sessionColumns('$4')} from renamed`, [id, userId, deviceName, idleAllowanceMs])
      return row ?? null
    },

    /**
     * The row, and whether the person of this session proved who they are within this time. A window of for ever begins
     * before PostgreSQL's times do.
     */
    async authenticatedWithin (sql: Sql, id: string, ms: number): Promise<SessionRow & { recent: boolean } | null> {
      const [row] = await sql<SessionRow & { recent: boolean }>(
        `
        select ${
          sessionColumns('$2')
        }, authenticated_at > now() - least($3::float8, ${LONGEST_AGO_MS}) * interval '1 millisecond' as recent
        from ${session} where id = $1`,
        [id, idleAllowanceMs, ms]
      )
      return row ?? null
    }
  }
}
