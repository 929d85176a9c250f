/**
 * The border at which what the database throws becomes our own failure: SESSION_STORE_UNAVAILABLE (503), and nothing
 * else.
 */
import { storeUnavailable } from '../errors.ts'
import type { Database } from './database.ts'

type Connection = Pick<Database, 'sql' | 'transaction'>

/** Errors with a status of their own (a refused login) pass; all others are reported once and become 503. */
export function ownFailures ({ sql, transaction }: Connection, onError: (error: unknown) => void): Connection {
  async function guarded<T> (work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      const unavailable = storeUnavailable(error)
      if (unavailable !== error) onError(error)
      throw unavailable
    }
  }
  return {
    sql: (text, values, options) => guarded(sql(text, values, options)),
    transaction: (work) => guarded(transaction(work))
  }
}
