/** What an option's value may be: checks that throw SESSION_OPTION_INVALID with the option's name and what it takes. */
import { OptionInvalid } from './errors.ts'

/** Longest delay a timer of Node.js takes, in ms; a longer one would fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1

export function checkNumber (name: string, value: unknown, min: number, max: number): void {
  if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max) {
    throw new OptionInvalid(name, `is a whole number from ${min} to ${max}, not ${JSON.stringify(value)}`)
  }
}

export function checkOneOf (name: string, value: unknown, known: readonly string[]): void {
  if (!known.includes(value as string)) throw new OptionInvalid(name, `is one of ${known.join(', ')}, not ${JSON.stringify(value)}`)
}

/** `or` names what else it may be. */
export function checkBoolean (name: string, value: unknown, or = ''): void {
  if (typeof value !== 'boolean') throw new OptionInvalid(name, `is true or false${or}, not ${JSON.stringify(value)}`)
}

export function checkText (name: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') throw new OptionInvalid(name, 'is a text that is not empty')
}

export function checkFunction (name: string, value: unknown, what: string): void {
  if (typeof value !== 'function') throw new OptionInvalid(name, `is a function ${what}`)
}

export function checkPostgresUrl (name: string, url: unknown): string {
  if (typeof url !== 'string' || !/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) throw new OptionInvalid(name, 'is not a postgres:// URL')
  return url
}

/** A misspelt name would leave its default in place without a word. */
export function checkNames (group: string | null, options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw new OptionInvalid(group === null ? unknown : `${group}.${unknown}`, `does not exist; the options ${group === null ? '' : `of ${group} `}are ${[...known].sort().join(', ')}`)
}

/** The members of a group that are given; null is no group. */
export function readGroup<Group extends object> (name: string, group: Group | null | undefined, known: readonly string[]): Defined<Group> | undefined {
  if (group === undefined || group === null) return undefined
  if (typeof group !== 'object' || Array.isArray(group)) throw new OptionInvalid(name, `is an object with ${known.join(', ')}`)
  checkNames(name, group, known)
  return withoutUndefined(group)
}

export type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

export function withoutUndefined<T extends object> (options: T): Defined<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Defined<T>
}
