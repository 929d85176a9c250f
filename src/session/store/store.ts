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

/** All queries, each of which is first handed what it runs on: their texts are put together once. */
function allQueries (options: StoreOptions) {
  return {
    ...sessionQueries(options),
    ...listQueries(options),
    ...loginQueries(options),
    ...endQueries(options),
    ...activityQueries(options),
    ...credentialQueries(options),
    ...deviceQueries(options),
    ...confirmationQueries(options),
    ...transactionQueries(options),
    ...administrationQueries(options),
    ...cleanupQueries(options),
    ...addressQueries(options),
    ...noticeQueries(options)
  }
}

type AllQueries = ReturnType<typeof allQueries>

/** All queries over one connection or transaction. They reject with the driver's error. */
export type Queries = {
  [Name in keyof AllQueries]: AllQueries[Name] extends (sql: Sql, ...given: infer Given) => infer Answer
    ? (...given: Given) => Answer
    : never
}

export function createQueries (sql: Sql, options: StoreOptions): Queries {
  return over(sql, allQueries(options))
}

function over (sql: Sql, all: AllQueries): Queries {
  const queries = Object.entries<(sql: Sql, ...given: never[]) => unknown>(all)
  return Object.fromEntries(queries.map(([name, query]) => [name, query.bind(null, sql)])) as unknown as Queries
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
  const all = allQueries({ schema: database.schema, idleAllowanceMs, addressRule })
  const { sql, transaction } = ownFailures(database, onError)
  return {
    ...over(sql, all),
    transaction: (work) => transaction((sql) => work(over(sql, all))),
    within: (transaction) => over(sqlOfTransaction(transaction), all)
  }
}
