/** A problem with PostgreSQL: where, what is wrong there, and what to do; and the error that a start throws of it. */
import { StartProblem } from '../errors.ts'
import type { DatabaseAddress } from './start-connection.ts'

export type ProblemCode =
  | 'SESSION_DATABASE_UNREACHABLE'
  | 'SESSION_DATABASE_REFUSED'
  | 'SESSION_DATABASE_NOT_FOUND'
  | 'SESSION_DATABASE_FORBIDDEN'
  | 'SESSION_DATABASE_UNSUITABLE'
  | 'SESSION_DATABASE_FAILED'
  | 'SESSION_SCHEMA_NOT_FOUND'
  | 'SESSION_TABLES_MISSING'

export interface Problem {
  code: ProblemCode
  /** Where, and what is wrong there. */
  message: string
  remedy: string
}

/** Where it was, and what the remedy names. */
export interface ProblemContext {
  address: DatabaseAddress
  /** What the developer wrote the address into: `option "database"`, or `--url`. */
  option: string
  /** What names the schema, where it isn't `database.schema`. */
  schemaOption?: string
  /** The schema of our tables, once it is known. */
  schema?: string | undefined
}

export function problem (code: ProblemCode, { address }: ProblemContext, what: string, remedy: string): Problem {
  return { code, message: `${describeAddress(address)} ${what}`, remedy }
}

/** `PostgreSQL at db.example:5432/shop`; a socket's folder is shown as it is. */
export function describeAddress ({ host, port, database }: DatabaseAddress): string {
  return `PostgreSQL at ${host.includes(':') ? `[${host}]` : host}:${port}/${database}`
}

/** As a name in SQL; always in quotes: `user` is a word of SQL's own. */
export function quoted (name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Throws a `StartProblem` with this code. */
export function throwProblem (code: ProblemCode, context: ProblemContext, what: string, remedy: string): never {
  throw asError(problem(code, context, what, remedy), context.option)
}

/** What a start throws; `option` is what the developer has to look at. */
export function asError ({ code, message, remedy }: Problem, option: string, cause?: unknown): StartProblem {
  return new StartProblem(code, { option, what: message, remedy }, cause === undefined ? {} : { cause })
}
