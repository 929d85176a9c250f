/**
 * Queries about transactions: which one this is, what became of it, and a session locked against its end inside an
 * app's own.
 */
import { active, sessionColumns, tablesIn } from '../../database/session-sql.ts'
import type { Sql } from '../../database/sql.ts'
import type { SessionRow } from '../../session-row.ts'
import type { StoreOptions } from './options.ts'

export function transactionQueries ({ schema, idleAllowanceMs }: StoreOptions) {
  const { session } = tablesIn(schema)

  return {
    /** What is visible now, as a cursor. */
    async snapshot (sql: Sql): Promise<string> {
      const [row] = await sql<{ snapshot: string }>('select pg_current_snapshot()::text as snapshot')
      return (row as { snapshot: string }).snapshot
    },

    /** The number of this transaction (it gets one if it had none), and its isolation in PostgreSQL's words. */
    async currentTransaction (sql: Sql): Promise<{ xid: string, isolation: string }> {
      const [row] = await sql<{ xid: string, isolation: string }>(
        "select pg_current_xact_id()::text as xid, current_setting('transaction_isolation') as isolation")
      return row as { xid: string, isolation: string }
    },

    /** `committed`, `aborted` or `in progress`; null for one long past. */
    async transactionStatus (sql: Sql, xid: string): Promise<string | null> {
      const [row] = await sql<{ status: string | null }>('select pg_xact_status($1::text::xid8) as status', [xid])
      return row?.status ?? null
    },

    /**
     * Locks the row against its end until the transaction is over, and says which one that is; null when the row is
     * gone.
     */
    async lockAlive (
      sql: Sql,
      id: string
    ): Promise<Pick<SessionRow, 'revokedAt' | 'revokedReason' | 'timedOut'> & { xid: string } | null> {
      const [row] = await sql<SessionRow & { xid: string }>(
        `select ${sessionColumns('$2')}, pg_current_xact_id()::text as xid from ${session} where id = $1 for share`,
        [id, idleAllowanceMs]
      )
      return row ?? null
    },

    /**
     * The same for other database layers: a row when the session is alive, and locked against its end; none when it is
     * not.
     */
    aliveStatement (_sql: Sql, id: string): { text: string, values: [string, number] } {
      return {
        text: `select id from ${session} where id = $1 and ${active('$2')} for share`,
        values: [id, idleAllowanceMs]
      }
    }
  }
}
