/**
 * What an option's value may be: checks that throw SESSION_OPTION_INVALID with the option's name and what it must be.
 */
import { OptionInvalid } from '../errors.ts'
import { nearestName } from './near-misses.ts'
import { postgresUrlSlip } from './server-urls.ts'

/** Longest delay a timer of Node.js takes, in ms; a longer one would fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1
/** A hundred years, in ms: far below what PostgreSQL and JavaScript can add to a time. */
export const MAX_DURATION_MS = 36_525 * 86_400_000
const SHOWN = 40

/** Rejects a value in words: `must be a text that is not empty, not 5`. */
export function rejectOption (name: string, must: string, value: unknown): never {
  throw new OptionInvalid(name, `must be ${must}, not ${inWords(value)}`)
}

/** A value as a message shows it: never more of it than helps. */
export function inWords (value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (value instanceof Promise) return 'a promise (is an await missing?)'
  if (value instanceof RegExp) return 'a pattern'
  if (typeof value === 'object' && value !== null) return 'an object'
  if (typeof value === 'string') return JSON.stringify(value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value)
  return typeof value === 'bigint' ? `${value}n` : String(value)
}

/** The same for what may be secret: what kind of thing it is. */
export function kindOf (value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'an empty text' : 'this text'
  return value === null || value === undefined || typeof value === 'object' || typeof value === 'function'
    ? inWords(value)
    : `a ${typeof value}`
}

/** `or` names what else it may be, here and below. */
export function checkNumber (name: string, value: unknown, min: number, max: number, or = ''): void {
  if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max) {
    rejectOption(name, `a whole number from ${min} to ${max}${or}`, value)
  }
}

export function checkOneOf (name: string, value: unknown, known: readonly string[], or = ''): void {
  if (known.includes(value as string)) return
  const near = typeof value === 'string' ? nearestName(value, known) : null
  throw new OptionInvalid(
    name,
    `must be ${
      known.map((word) => JSON.stringify(word)).join(', ').replace(/, (?=[^,]*$)/, or === '' ? ' or ' : ', ')
    }${or}, not ${inWords(value)}${near === null ? '' : `; did you mean ${JSON.stringify(near)}?`}`
  )
}

export function checkBoolean (name: string, value: unknown, or = ''): void {
  if (typeof value !== 'boolean') rejectOption(name, or === '' ? 'true or false' : `true, false${or}`, value)
}

export function checkText (name: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') rejectOption(name, 'a text that is not empty', value)
}

export function checkFunction (name: string, value: unknown, what: string): void {
  if (value === undefined) throw new OptionInvalid(name, `is missing; give a function ${what}`)
  if (typeof value !== 'function') rejectOption(name, `a function ${what}`, value)
}

const POSTGRES_URL = 'a URL like postgres://user:password@host:5432/name'

/** The value is never shown: there may be a password in it. */
export function checkPostgresUrl (name: string, url: unknown): string {
  if (typeof url !== 'string') rejectOption(name, POSTGRES_URL, url)
  if (!/^postgres(ql)?:\/\//.test(url)) throw new OptionInvalid(name, `must be ${POSTGRES_URL}${schemeIn(url)}`)
  const slip = postgresUrlSlip(url)
  if (slip !== null) throw new OptionInvalid(name, `must be ${POSTGRES_URL}; ${slip}`)
  if (!namesDatabase(url)) {
    throw new OptionInvalid(
      name,
      `must be ${POSTGRES_URL}; this one names no database: add /name at the end of the address, before any "?"`
    )
  }
  return url
}

/**
 * Without a name the driver takes the user's, and MikroORM another: the tables would be made where nobody asked for
 * them.
 */
export function namesDatabase (url: string): boolean {
  return new URL(url).pathname.length > 1
}

/** What a URL of another kind begins with; nothing else of it. */
export function schemeIn (url: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*:)\/\//i.exec(url)?.[1]
  return scheme === undefined ? `, not ${kindOf(url)}` : `, not a URL that begins with ${scheme}//`
}

/** A misspelt name would leave its default in place without a word. */
export function checkNames (group: string | null, options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown === undefined) return
  const within = group === null ? '' : `${group}.`
  const near = nearestName(unknown, known)
  throw new OptionInvalid(`${within}${unknown}`, near === null
    ? `does not exist; the options ${group === null ? '' : `of ${group} `}are ${[...known].sort().join(', ')}`
    : `does not exist; did you mean ${within}${near}?`)
}

/** The members of a group that are given; null is no group. */
export function readGroup<Group extends object> (
  name: string,
  group: Group | null | undefined,
  known: readonly string[]
): Defined<Group> | undefined {
  if (group === undefined || group === null) return undefined
  if (typeof group !== 'object' || Array.isArray(group) || group instanceof Promise) {
    rejectOption(name, `an object with ${known.join(', ')}`, group)
  }
  checkNames(name, group, known)
  return withoutUndefined(group)
}

export type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

export function withoutUndefined<T extends object> (options: T): Defined<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Defined<T>
}
