/**
 * What an app gives to a call of ours: checks that throw SESSION_CALL_INVALID, which names the argument and says what
 * it takes.
 */
import { describe } from './callbacks.ts'
import { CallInvalid } from '../errors.ts'
import { nearestName } from '../options/near-misses.ts'
import { inWords } from '../options/values.ts'

/** An argument in words for a message. */
export function describeArgument (value: unknown): string {
  return value instanceof Promise ? 'a promise (is an await missing?)' : describe(value)
}

export function rejectArgument (name: string, value: unknown, takes: string): never {
  throw new CallInvalid(`${name} is ${describeArgument(value)}; it takes ${takes}`)
}

/** Options by name, none of them misspelt: a name that nobody reads would leave the default in place without a word. */
export function readOptions<Options extends object> (
  name: string,
  given: Options | undefined,
  known: ReadonlyArray<keyof Options & string>
): Options {
  if (given === undefined) return {} as Options
  if (typeof given !== 'object' || given === null || Array.isArray(given) || given instanceof Promise) {
    rejectArgument(name, given, `an object with ${known.join(', ')}`)
  }
  const unknown = Object.keys(given).find((key) => !known.includes(key as never))
  if (unknown === undefined) return given
  const near = nearestName(unknown, known)
  throw new CallInvalid(
    `${name}: ${inWords(unknown)} does not exist; ${
      near === null ? `there are ${known.join(', ')}` : `did you mean ${near}?`
    }`
  )
}

/**
 * What narrows a call may be left out, but is not there and undefined: without it the call means more than was meant
 * (`{ userId: request.session?.userId }` of nobody).
 */
export function checkNarrowing (options: object, names: readonly string[]): void {
  const name = names.find((name) => name in options && (options as Record<string, unknown>)[name] === undefined)
  if (name !== undefined) rejectArgument(name, undefined, 'an id; who means no certain one leaves it out')
}

/** A text that may be missing, or null. What it has to be like is for others to say. */
export function checkOptionalText (name: string, value: unknown): void {
  if (value !== undefined && value !== null && typeof value !== 'string') rejectArgument(name, value, 'a text')
}

/** True, false, missing, or null. */
export function checkOptionalBoolean (name: string, value: unknown): void {
  if (value !== undefined && value !== null && typeof value !== 'boolean') rejectArgument(name, value, 'true or false')
}

export function checkText (name: string, value: unknown): void {
  if (typeof value !== 'string') rejectArgument(name, value, 'a text')
}

export function checkFunction (name: string, value: unknown): void {
  if (typeof value !== 'function') rejectArgument(name, value, 'a function')
}

export function checkOneOf (name: string, value: unknown, known: readonly string[]): void {
  if (known.includes(value as string)) return
  const near = typeof value === 'string' ? nearestName(value, known) : null
  throw new CallInvalid(
    `${name} is ${typeof value === 'string' ? inWords(value) : describeArgument(value)}; ${
      near === null ? `it takes ${known.join(', ')}` : `did you mean ${near}?`
    }`
  )
}

/** Something with methods, of whoever's making. */
export function checkMethods (name: string, value: unknown, methods: readonly string[], takes: string): void {
  const has = (method: string): boolean => typeof (value as Record<string, unknown>)[method] === 'function'
  if (typeof value !== 'object' || value === null || !methods.every(has)) rejectArgument(name, value, takes)
}
