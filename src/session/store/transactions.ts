/** The queries about transactions: what one did, what it may count on, and a session locked against its end inside an app's own. */
import { living, sessionColumns, type SessionRow } from '../../session-row.ts'
import { tableIn, type Sql } from '../../database/sql.ts'
import { endedColumns, type EndedSession } from '../ended-session.ts'
import type { StoreOptions } from './sessions.ts'

export function createTransactionStore ({ schema, idleAllowanceMs }: StoreOptions) {
  const session = tableIn(schema, 'live_session')

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

    /** Of these sessions, those that this transaction really ended: a part of it may have been rolled back. */
    async endedBy (sql: Sql, xid: string, ids: readonly string[]): Promise<EndedSession[]> {
      return await sql<EndedSession>(`select ${endedColumns('')} from ${session} where id = any($1::uuid[]) and revoked_xid = $2::text::xid8 order by id`, [ids, xid])
    },

    /** Locks the row against its end until the transaction is over, and says which one that is; null when the row is gone. */
    async lockAlive (sql: Sql, id: string): Promise<Pick<SessionRow, 'revokedAt' | 'revokedReason' | 'timedOut'> & { xid: string } | null> {
      const [row] = await sql<SessionRow & { xid: string }>(
        `select ${sessionColumns('$2')}, pg_current_xact_id()::text as xid from ${session} where id = $1 for share`, [id, idleAllowanceMs])
      return row ?? null
    },

    /** The same for other database layers: a row when the session is alive, and locked against its end; none when it is not. */
    aliveStatement (id: string): { text: string, values: [string, number] } {
      return { text: `select id from ${session} where id = $1 and ${living('$2')} for share`, values: [id, idleAllowanceMs] }
    }
  }
}
