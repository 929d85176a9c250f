/**
 * An app's own transaction, whichever database layer it is of, as the one way that the library runs statements in it.
 */
import type { EntityManagerLike, KnexLike, KnexTransaction, Transaction, TransactionClient } from '../app/instances.ts'
import { CallInvalid } from '../errors.ts'
import { sqlOf, type Sql } from './sql.ts'

/** Throws SESSION_CALL_INVALID for what can't be a transaction. Whether it is one only PostgreSQL knows. */
export function sqlOfTransaction (given: Transaction): Sql {
  return throughJson(runnerOf(given))
}

function runnerOf (given: unknown): TransactionClient['query'] {
  if (isObject(given)) {
    if (isFunction(given['getKnex']) && isFunction(given['getTransactionContext'])) {
      return ofEntityManager(given as unknown as EntityManagerLike)
    }
    if (isFunction(given['raw'])) return ofKnex(given as unknown as KnexTransaction)
    if (isFunction(given['query'])) return ofClient(given as unknown as TransactionClient)
  }
  throw new CallInvalid(
    'a transaction is an entity manager of MikroORM, a transaction of Knex, a client of pg, or {query(text, values)} (see docs/guides/database-layers.md)'
  )
}

function ofEntityManager (em: EntityManagerLike): TransactionClient['query'] {
  const transaction = em.getTransactionContext()
  if (transaction === undefined) {
    throw new CallInvalid(
      'this entity manager is in no transaction; call it within em.transactional(), or after em.begin()'
    )
  }
  return ofRaw(transaction)
}

function ofKnex (knex: KnexTransaction): TransactionClient['query'] {
  if (knex.isTransaction !== true) {
    throw new CallInvalid(
      'this is a Knex instance, which may run each statement on another connection; give the transaction, within knex.transaction(async (trx) => …)'
    )
  }
  return ofRaw(knex)
}

function ofRaw (runner: KnexLike): TransactionClient['query'] {
  const sql = sqlOf(runner)
  return async (text, values) => ({ rows: await sql(text, values) })
}

function ofClient (client: TransactionClient): TransactionClient['query'] {
  if ('totalCount' in client && 'waitingCount' in client) {
    throw new CallInvalid(
      'this is a pool of pg, which may run each statement on another connection; give the client: const client = await pool.connect(), then begin'
    )
  }
  return async (text, values) => await client.query(text, values)
}

/**
 * Every value goes as text and every row comes as JSON in one text column: no parser, no plugin and no naming rule of
 * the app's driver has anything to change there. A statement is a simple one, or `with answer as (…), … select * from
 * answer`.
 */
function throughJson (query: TransactionClient['query']): Sql {
  return async <Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> => {
    const answer = await query(asJson(text), values.map(asText)) as { rows?: unknown } | undefined
    const rows = answer?.rows
    if (!Array.isArray(rows)) throw new CallInvalid('query() of what was given as the transaction did not give {rows}')
    return (rows as unknown[]).map((row) => JSON.parse(String(Object.values(row as object)[0])) as Row)
  }
}

const ANSWER = 'select * from answer'

function asJson (text: string): string {
  const statement = text.trim()
  const head = statement.endsWith(ANSWER) ? statement.slice(0, -ANSWER.length) : `with answer as (${statement}) `
  return `${head}select to_json(answer)::text as answer from answer`
}

/** A list of texts as PostgreSQL writes it. */
function asText (value: unknown): string | null {
  if (value === null || value === undefined) return null
  return Array.isArray(value)
    ? `{${value.map((item) => `"${String(item).replace(/["\\]/g, '\\$&')}"`).join(',')}}`
    : String(value)
}

function isObject (value: unknown): value is Record<string, unknown> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

function isFunction (value: unknown): boolean {
  return typeof value === 'function'
}
