/** Typed SQL with `$1` parameters, run through MikroORM's connections and transactions. */
import type { KnexLike } from '../app/instances.ts'
import { OWN_TYPES } from './driver-types.ts'
import type { StatementNames } from './statement-names.ts'

/** Runs one statement and gives its rows. Rejects with the driver's error. */
export type Sql = <Row extends object = Record<string, never>>(
  text: string,
  values?: readonly unknown[],
  options?: StatementOptions
) => Promise<Row[]>

export interface StatementOptions {
  /**
   * Asked all the time: PostgreSQL keeps it, but in an app's transaction. Only for statements whose plan is good for
   * all values.
   */
  prepared?: boolean
}

/** A statement of Knex's before it is sent: what it passes on to the driver may be added. */
interface Configurable {
  options: (options: object) => PromiseLike<unknown>
}

/** The statements of this connection or transaction; without names none of them is prepared. */
export function sqlOf (runner: KnexLike, names?: Pick<StatementNames, 'of'>): Sql {
  return async <Row extends object>(
    text: string,
    values: readonly unknown[] = [],
    { prepared = false }: StatementOptions = {}
  ): Promise<Row[]> => {
    const { sql, order } = positional(text)
    const raw = runner.raw(sql, order.map((index) => values[index] ?? null) as never) as unknown as Configurable
    const result = await raw.options({ types: OWN_TYPES, ...(prepared ? names?.of(sql) : {}) }) as { rows: Row[] }
    return result.rows
  }
}

const statements = new Map<string, { sql: string, order: number[] }>()
const MAX_STATEMENTS = 500

/**
 * Knex takes `?` in order; ours are numbered, as PostgreSQL has them. Texts are constants, so each is translated once.
 */
function positional (text: string): { sql: string, order: number[] } {
  const known = statements.get(text)
  if (known !== undefined) return known
  const order: number[] = []
  const sql = text.replace(/\$(\d+)/g, (_, number: string) => {
    order.push(Number(number) - 1)
    return '?'
  })
  if (statements.size < MAX_STATEMENTS) statements.set(text, { sql, order })
  return { sql, order }
}

/** Quotes a table for its schema: `tableIn('auth', 'live_session')` is `"auth"."live_session"`. */
export function tableIn (schema: string | undefined, table: string): string {
  return schema === undefined ? table : `"${schema.replaceAll('"', '""')}".${table}`
}

const RETRIED_STATES = new Set(['40001', '40P01'])
const ATTEMPTS = 5

/**
 * Runs what PostgreSQL rolled back for a deadlock or a serialisation failure again: the same work may well succeed now.
 */
export async function retrying<T> (
  work: () => Promise<T>,
  mayTryAgain: (error: unknown) => boolean = () => false
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt === ATTEMPTS || !(isRetriable(error) || mayTryAgain(error))) throw error
    }
  }
}

function isRetriable (error: unknown): boolean {
  return error instanceof Error && 'code' in error && RETRIED_STATES.has(String(error.code))
}
