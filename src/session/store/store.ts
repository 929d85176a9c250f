/** The sessions' tables: all queries, over the pool, inside a transaction of ours, or inside one of the app's. */
import type { AddressRule } from '../../address.ts'
import type { Transaction } from '../../app/instances.ts'
import { sqlOfTransaction } from '../../database/app-transaction.ts'
import { ownFailures } from '../../database/own-failures.ts'
import type { Database } from '../../database/database.ts'
import type { Sql } from '../../database/sql.ts'
import { activityQueries } from './activity.ts'
import { addressQueries } from './addresses.ts'
import { administrationQueries } from './administration.ts'
import { cleanupQueries } from './cleanup.ts'
import { confirmationQueries } from './confirmations.ts'
import { credentialQueries } from './credentials.ts'
import { deviceQueries } from './devices.ts'
import { endQueries } from './ends.ts'
import { listQueries } from './lists.ts'
import { loginQueries } from './logins.ts'
import { noticeQueries } from './notices.ts'
import type { StoreOptions } from './options.ts'
import { sessionQueries } from './sessions.ts'
import { transactionQueries } from './transactions.ts'

export type Queries = ReturnType<typeof createQueries>

/**
 * Every query over this connection or transaction: one query, one typed function. They reject with the driver's error.
 */
export function createQueries (sql: Sql, options: StoreOptions) {
  return {
    ...sessionQueries(sql, options),
    ...listQueries(sql, options),
    ...loginQueries(sql, options),
    ...endQueries(sql, options),
    ...activityQueries(sql, options),
    ...credentialQueries(sql, options),
    ...deviceQueries(sql, options),
    ...confirmationQueries(sql, options),
    ...transactionQueries(sql, options),
    ...administrationQueries(sql, options),
    ...cleanupQueries(sql, options),
    ...addressQueries(sql, options),
    ...noticeQueries(sql, options)
  }
}

/** What the use cases work with. It rejects with SESSION_STORE_UNAVAILABLE (503) where the database fails. */
export interface Store extends Queries {
  /**
   * Several queries in one transaction, never an ambient one; run again after a deadlock or a serialisation failure.
   */
  transaction: <T>(work: (queries: Queries) => Promise<T>) => Promise<T>
  /**
   * The queries inside the app's own transaction; they reject with its driver's error, so that the app can run it
   * again.
   */
  within: (transaction: Transaction) => Queries
}

export interface CreateStoreOptions {
  database: Pick<Database, 'sql' | 'transaction' | 'schema'>
  idleAllowanceMs: number
  /** What is kept of addresses; left out: all of it. */
  addressRule?: AddressRule
  /** Is told of each failure of the database. */
  onError: (error: unknown) => void
}

export function createStore ({ database, idleAllowanceMs, addressRule, onError }: CreateStoreOptions): Store {
  const options: StoreOptions = { schema: database.schema, idleAllowanceMs, addressRule }
  const { sql, transaction } = ownFailures(database, onError)
  return {
    ...createQueries(sql, options),
    transaction: (work) => transaction((sql) => work(createQueries(sql, options))),
    within: (transaction) => createQueries(sqlOfTransaction(transaction), options)
  }
}
