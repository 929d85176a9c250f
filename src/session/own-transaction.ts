/**
 * Which of the app's transactions the library works in: a real one, that sees what others have committed; and what
 * became of it.
 */
import { CallInvalid } from '../errors.ts'
import type { Queries } from './store/store.ts'

/** In PostgreSQL the second is the first by another name. */
const SUITABLE = new Set(['read committed', 'read uncommitted'])

/**
 * The number of this transaction. Throws SESSION_CALL_INVALID when each statement is a transaction of its own, and for
 * an isolation that would not see a session that was opened since the transaction began, and leave it alive.
 */
export async function enterTransaction (queries: Pick<Queries, 'currentTransaction'>, call: string): Promise<string> {
  const { xid, isolation } = await queries.currentTransaction()
  if (!SUITABLE.has(isolation)) {
    throw new CallInvalid(`${call} needs a transaction that is READ COMMITTED; this one is ${isolation.toUpperCase()}`)
  }
  await requireSameTransaction(queries, call, xid)
  return xid
}

/** Throws unless this statement, too, is in that transaction. */
export async function requireSameTransaction (
  queries: Pick<Queries, 'currentTransaction'>,
  call: string,
  xid: string
): Promise<void> {
  if ((await queries.currentTransaction()).xid === xid) return
  throw new CallInvalid(
    `${call} was given something that runs each statement by itself; give the transaction (see docs/guides/database-layers.md)`
  )
}

/** To be asked after the app's commit, outside of it. Throws SESSION_CALL_INVALID when it has not been committed. */
export async function requireCommitted (queries: Pick<Queries, 'transactionStatus'>, xid: string): Promise<void> {
  const status = await queries.transactionStatus(xid)
  if (status !== 'committed') {
    throw new CallInvalid(`confirm() is for after the commit; the transaction is ${status ?? 'unknown'}`)
  }
}
