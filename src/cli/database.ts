/** The way to PostgreSQL for all commands: opens it, asks once, closes it, and says in one line what is wrong with it. */
import type { OptionSpecs } from './command.ts'
import type { Database } from '../session/database.ts'
import { Failure, Misuse } from './failures.ts'

export const databaseOptions = {
  url: { type: 'string', value: '<postgres>', env: 'DATABASE_URL', says: 'Where PostgreSQL is, like postgres://user:password@host:5432/name' },
  schema: { type: 'string', value: '<name>', says: 'The schema the tables live in. Default: the connection\'s own' }
} as const satisfies OptionSpecs

export interface DatabaseValues {
  url: string | undefined
  schema: string | undefined
}

/** An operator waits longer than a request. */
const QUERY_TIMEOUT_MS = 60_000
const ANSWER_WITHIN_MS = 10_000
const CLOSE_WITHIN_MS = 2_000

/** The URL that was given; refuses anything that is none. */
export function checkedUrl (url: string | undefined): string {
  if (url === undefined || !/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) throw new Misuse('give --url postgres://… or set DATABASE_URL')
  return url
}

/** Opens the database, works with it, and closes it whatever happens. Rejects with a {@link Failure} where it can't be reached. */
export async function withDatabase<T> ({ url, schema }: DatabaseValues, work: (database: Database) => Promise<T>): Promise<T> {
  const checked = checkedUrl(url)
  // Loaded here: help and wrong calls need no MikroORM, and are quick.
  const { openDatabase } = await import('../session/database.ts')
  let database: Database | undefined
  try {
    database = await openDatabase({ database: { url: checked, pool: { min: 0, max: 2 }, ...(schema === undefined ? {} : { schema }) }, queryTimeoutMs: QUERY_TIMEOUT_MS })
    await within(ANSWER_WITHIN_MS, database.sql('select 1'))
    return await work(database)
  } catch (error) {
    throw error instanceof Misuse ? error : explainDatabase(error, checked)
  } finally {
    // What stands still must not keep the command from ending.
    await within(CLOSE_WITHIN_MS, database?.close() ?? Promise.resolve()).catch(() => {})
  }
}

async function within<T> (ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => { reject(Object.assign(new Error(`no answer within ${ms / 1_000} s`), { code: 'ETIMEDOUT' })) }, ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOENT', '57P03', '53300'])
const CHECK_URL = 'check --url or DATABASE_URL'

/** One line that names the option and the remedy. A {@link Failure} stays as it is. */
export function explainDatabase (error: unknown, url: string): Failure {
  const cause = rootOf(error)
  if (cause instanceof Failure) return cause
  const { code, message } = describe(cause)
  const place = `PostgreSQL at ${placeOf(url)}`
  if (UNREACHABLE.has(code) || /timeout|terminated/i.test(message)) return new Failure(`${place} does not answer: ${message}`, CHECK_URL)
  if (code.startsWith('28')) return new Failure(`${place} refuses the user or the password: ${message}`, CHECK_URL)
  if (code === '3D000') return new Failure(`${place}: ${message}`, CHECK_URL)
  if (code === '42P01' || code === '3F000' || code === '42703') {
    return new Failure(`The tables are not there, or not up to date: ${message}`, 'run: npx fastify-live-sessions migrate (and check --schema)')
  }
  if (code === '42501') return new Failure(`${place}: ${message}`, 'give a user in --url that may use the tables live_session, live_session_event and live_session_node')
  if (code === '25006') return new Failure(`${place} takes no changes, it is a replica: ${message}`, 'give the primary in --url')
  return new Failure(`${place}: ${message}`, null)
}

/** What the library wraps in an error of its own. */
function rootOf (error: unknown): unknown {
  return error instanceof Error && !(error instanceof Failure) && error.cause !== undefined ? rootOf(error.cause) : error
}

function describe (error: unknown): { code: string, message: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0])
  if (!(error instanceof Error)) return { code: '', message: String(error) }
  // Knex puts the statement in front.
  const message = error.message.split(' - ').at(-1)?.split('\n', 1)[0] ?? ''
  return { code: 'code' in error ? String(error.code) : '', message: message === '' ? error.name : message }
}

function placeOf (url: string): string {
  const { hostname, port, pathname } = new URL(url)
  return `${hostname}:${port === '' ? '5432' : port}${pathname}`
}
