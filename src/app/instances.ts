/**
 * What an app may hand in of its own: a MikroORM, an ioredis client, a `ws` socket. Described by what is used of them,
 * so that an app's compiler reads no types of libraries that the app does not use, and takes another version's instance
 * for what it is.
 */

/** Knex, or one of its transactions. */
export interface KnexLike {
  raw: (sql: string, bindings: never) => PromiseLike<unknown>
}

/** A MikroORM entity manager for PostgreSQL. */
export interface EntityManagerLike {
  getKnex: (type?: 'read' | 'write') => KnexLike
  getTransactionContext: () => KnexLike | undefined
}

/**
 * One connection that is in a transaction: a `Client` of pg or of its pool; of other layers what an adapter of a few
 * lines makes.
 */
export interface TransactionClient {
  /** Runs one statement with `$1` parameters, all of them text or null. */
  query: (text: string, values: Array<string | null>) => PromiseLike<{ rows: readonly unknown[] }>
}

/** A transaction of Knex. */
export interface KnexTransaction extends KnexLike {
  isTransaction?: boolean
}

/**
 * An entity manager of MikroORM inside its transaction, a transaction of Knex, a client of pg, or an object with a
 * `query` like it.
 */
export type Transaction = EntityManagerLike | KnexTransaction | TransactionClient

/** A MikroORM 6 instance for PostgreSQL. */
export interface MikroOrmLike {
  readonly em: EntityManagerLike
  readonly config: { get: (name: 'schema') => string | undefined }
}

/** An ioredis client. Connections of our own are made from its options. */
export interface RedisLike {
  readonly status: string
  duplicate: (override?: never) => unknown
}

/** A server's socket of `ws`. */
export interface SocketLike {
  readonly readyState: number
  readonly bufferedAmount: number
  send: (data: string, done?: (error?: Error) => void) => void
  ping: () => void
  close: (code?: number, reason?: string) => void
  terminate: () => void
  on: (event: 'close', listener: () => void) => unknown
}
