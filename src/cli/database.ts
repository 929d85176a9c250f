/**
 * The way to PostgreSQL for all commands: opens it, asks once, closes it, and says in one line what is wrong with it.
 */
import type { OptionSpecs } from './command.ts'
import type { DriverDatabase } from '../database/driver-database.ts'
import { StartProblem } from '../errors.ts'
import { postgresUrlSlip } from '../options/server-urls.ts'
import { namesDatabase } from '../options/values.ts'
import { Failure, Misuse } from './failures.ts'

/** What our messages say of where the address comes from. */
export const URL_OPTION = '--url or DATABASE_URL'

export const databaseOptions = {
  url: {
    type: 'string',
    value: '<postgres>',
    env: 'DATABASE_URL',
    description: 'The address of PostgreSQL, like postgres://user:password@host:5432/name'
  },
  schema: {
    type: 'string',
    value: '<name>',
    description: "The schema of the tables. Default: the first one in the connection's search_path"
  }
} as const satisfies OptionSpecs

export interface DatabaseValues {
  url: string | undefined
  schema: string | undefined
}

/** A database whose schema is known. */
export type CommandDatabase = DriverDatabase & { schema: string }

/**
 * The app's idle timeout is not known here. Whatever its rows still hold as alive is alive, and gets ended: never too
 * little.
 */
export const FOREVER_MS = 1_000 * 365 * 86_400_000

/** An operator waits longer than a request. */
const QUERY_TIMEOUT_MS = 60_000
const ANSWER_WITHIN_MS = 10_000
const CLOSE_WITHIN_MS = 2_000

/** The URL that was given; rejects anything that is none. */
export function checkedUrl (url: string | undefined): string {
  const like = 'give --url postgres://… or set DATABASE_URL'
  if (url === undefined || !/^postgres(ql)?:\/\//.test(url)) throw new Misuse(like)
  const slip = postgresUrlSlip(url)
  if (slip !== null) throw new Misuse(`${like}; ${slip}`)
  if (!namesDatabase(url)) {
    throw new Misuse(
      `${URL_OPTION} names no database: add /name at the end of the address, like postgres://user@host:5432/name`
    )
  }
  return url
}

/**
 * Opens the database, works with it, and closes it whatever happens. Rejects with a {@link Failure} where it can't be
 * reached.
 */
export async function withDatabase<T> (
  { url, schema }: DatabaseValues,
  work: (database: CommandDatabase) => Promise<T>
): Promise<T> {
  const checked = checkedUrl(url)
  // Loaded here: help and wrong calls need no driver, and are quick.
  const [{ openDriverDatabase }, { inspectServer: lookAtServer }] = await Promise.all([
    import('../database/driver-database.ts'),
    import('../database/inspect.ts')
  ])
  let database: DriverDatabase | undefined
  try {
    database = openDriverDatabase({ url: checked, connections: 2, queryTimeoutMs: QUERY_TIMEOUT_MS })
    const { ownSchema } = await within(ANSWER_WITHIN_MS, lookAtServer(database.sql))
    return await work({ ...database, schema: schemaOf(schema, checked) ?? ownSchema ?? 'public' })
  } catch (error) {
    throw error instanceof Misuse ? error : await explainDatabase(error, checked, schema)
  } finally {
    // What stands still must not keep the command from ending.
    await within(CLOSE_WITHIN_MS, database?.close() ?? Promise.resolve()).catch(() => {})
  }
}

async function within<T> (ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(Object.assign(new Error(`no answer within ${ms / 1_000} s`), { code: 'ETIMEDOUT' }))
    }, ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** The schema that was asked for: the option, or `?schema=` in the URL. */
export function schemaOf (schema: string | undefined, url: string): string | undefined {
  return schema ?? new URL(url).searchParams.get('schema') ?? undefined
}

/** One line that names the option and the remedy. A {@link Failure} stays as it is. */
export async function explainDatabase (error: unknown, url: string, schema: string | undefined): Promise<Failure> {
  const cause = rootOf(error)
  if (cause instanceof Failure) return cause
  if (cause instanceof StartProblem) return new Failure(cause.what, cause.remedy)
  const [{ databaseProblem }, { addressOf }, { default: pg }] = await Promise.all([
    import('../database/driver-problems.ts'),
    import('../database/start-connection.ts'),
    import('pg')
  ])
  const { message, remedy } = databaseProblem(cause, {
    address: addressOf(new pg.Client({ connectionString: url })),
    option: URL_OPTION,
    schema
  })
  return new Failure(message, remedy)
}

/** What the library wraps in an error of its own. */
function rootOf (error: unknown): unknown {
  return error instanceof Error && !(error instanceof Failure || error instanceof StartProblem) &&
      error.cause !== undefined
    ? rootOf(error.cause)
    : error
}
