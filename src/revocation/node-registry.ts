/**
 * The nodes' table: registering, renewing in one statement, evicting, and who has applied what. One query, one
 * function.
 */
import { endedColumns, epochMs, tablesIn } from '../database/session-sql.ts'
import type { EndedSession } from '../session/ended-session.ts'
import type { Sql } from '../database/sql.ts'

/** Something that changed a user's list of sessions, but for an end. */
export interface SessionChange {
  /** `opened`, `renamed`, `confirmed` or `assessed`. */
  type: string
  userId: string
  sessionId: string | null
  /** With `assessed`: what the user's other devices are told; null for nothing. */
  reason?: string | null
}

/** What one renewal brought. */
export interface Renewed {
  /** False: another node has evicted this one. */
  registered: boolean
  /** The statement's snapshot: everything it could see has been given. */
  cursor: string
  /** What ended since the last cursor: all of it, or its first page. */
  ended: EndedSession[]
  /** The further pages, read one after the other: many thousand ended sessions are never in memory at once. */
  rest?: AsyncIterable<EndedSession[]>
  /** What else happened since: logins, new names. A hint, bounded. */
  changes: SessionChange[]
  /** Every node's stamp, by incarnation. */
  stamps: Record<string, string>
  /** The database is behind the cursor: a failover or a restore lost what we have seen. */
  behind: boolean
  /** The database's time during the statement, in ms since 1970. */
  time: number
  /** Identifies the server's run, in ms since 1970. */
  startedAt: number
}

/** What the protocol asks of PostgreSQL; the simulation has its own. */
export interface NodeRegistry {
  /**
   * Makes a row with the cursor that the node has; without one, with the snapshot of doing so. Gives the row's. The
   * node's older row goes.
   */
  register: (incarnation: string, cursor: string | null, older: string | null) => Promise<string>
  /** With `extend` it also stamps the node's row, whose commit is what a lease stands on; without, it only reads. */
  renew: (incarnation: string, cursor: string, extend: boolean) => Promise<Renewed>
  /** Deletes a node's row, unless it has been renewed meanwhile. */
  evict: (incarnation: string, stamp: string) => Promise<void>
  leave: (incarnation: string) => Promise<void>
  /** The other nodes, and whether each has applied all these transactions. */
  others: (
    incarnation: string | null,
    xids: readonly string[]
  ) => Promise<Array<{ incarnation: string, applied: boolean }>>
}

export interface NodeRegistryOptions {
  /** The renewal's own connection: waiting logins never starve it. */
  renewal: Sql
  /** The pool, for the rest. */
  sql: Sql
  schema: string | undefined
  /** Ended sessions read in one statement. */
  page?: number
}

/**
 * Changes that a renewal reads at most, more than happen in its time: who is left out sees them on opening the page.
 */
const MAX_CHANGES = 10_000
const PAGE = 250

export function createNodeRegistry ({ renewal, sql, schema, page = PAGE }: NodeRegistryOptions): NodeRegistry {
  const { node, session, event } = tablesIn(schema)
  const ended = `select ${endedColumns()} from ${session}`

  /** Which sessions ended between two snapshots never changes: what is left may be read by later statements. */
  async function * restOf (since: string, { cursor, ended: first }: Renewed): AsyncGenerator<EndedSession[]> {
    let last = first.at(-1)
    while (last !== undefined) {
      const next: EndedSession[] = await renewal<EndedSession>(`${ended}
        where revoked_xid >= pg_snapshot_xmin($1::pg_snapshot) and revoked_xid < pg_snapshot_xmax($2::pg_snapshot)
          and not pg_visible_in_snapshot(revoked_xid, $1::pg_snapshot) and pg_visible_in_snapshot(revoked_xid, $2::pg_snapshot)
          and (revoked_xid, id) > ($3::text::xid8, $4::uuid) order by revoked_xid, id limit $5`,
      [since, cursor, last.xid, last.id, page]
      )
      yield next
      last = next.length === page ? next.at(-1) : undefined
    }
  }

  return {
    async register (incarnation, cursor, older) {
      const [row] = await renewal<{ cursor: string }>(`
        with older as (delete from ${node} where incarnation = $3)
        insert into ${node} (incarnation, applied) values ($1, coalesce($2::pg_snapshot, pg_current_snapshot()))
        returning applied::text as cursor`, [incarnation, cursor, older])
      return (row as { cursor: string }).cursor
    },

    // One statement, one snapshot: with two, a revocation that commits between them would be lost. One column: logouts
    // wait for it.
    async renew (incarnation, cursor, extend) {
      const me = extend
        ? `update ${node} set stamp = gen_random_uuid(), applied = $1::pg_snapshot where incarnation = $2 returning 1`
        : `select from ${node} where incarnation = $2`
      const [row] = await renewal<{ renewed: Renewed }>(`
        with me as (${me})
        select to_json(renewed) as renewed from (select exists (select from me) as registered,
          pg_current_snapshot()::text as cursor,
          coalesce((select json_agg(e) from (${ended}
            where revoked_xid >= pg_snapshot_xmin($1::pg_snapshot) and revoked_xid < pg_snapshot_xmax(pg_current_snapshot())
              and not pg_visible_in_snapshot(revoked_xid, $1::pg_snapshot)
            order by revoked_xid, id limit $3) e), '[]'::json) as ended,
          coalesce((select json_agg(c) from (select type, user_id as "userId", session_id as "sessionId", reason from ${event}
            where type in ('opened', 'renamed', 'confirmed', 'assessed') and xid >= pg_snapshot_xmin($1::pg_snapshot) and xid < pg_snapshot_xmax(pg_current_snapshot())
              and not pg_visible_in_snapshot(xid, $1::pg_snapshot) limit ${MAX_CHANGES}) c), '[]'::json) as changes,
          coalesce((select json_object_agg(incarnation, stamp) from ${node}), '{}'::json) as stamps,
          pg_snapshot_xmax(pg_current_snapshot()) < pg_snapshot_xmax($1::pg_snapshot) as behind,
          (extract(epoch from clock_timestamp()) * 1000)::float8 as time,
          ${epochMs('pg_postmaster_start_time()')} as "startedAt") renewed`, [cursor, incarnation, page])
      const { renewed } = row as { renewed: Renewed }
      return renewed.ended.length < page ? renewed : { ...renewed, rest: restOf(cursor, renewed) }
    },

    async evict (incarnation, stamp) {
      await renewal(`delete from ${node} where incarnation = $1 and stamp = $2`, [incarnation, stamp])
    },

    async leave (incarnation) {
      await renewal(`delete from ${node} where incarnation = $1`, [incarnation])
    },

    async others (incarnation, xids) {
      return await sql<{ incarnation: string, applied: boolean }>(`
        select incarnation, coalesce((select bool_and(pg_visible_in_snapshot(x.xid, applied)) from unnest($2::text[]::xid8[]) as x (xid)), true) as applied
        from ${node} where $1::uuid is null or incarnation <> $1`, [incarnation, xids])
    }
  }
}
