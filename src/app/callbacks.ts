/**
 * The app's own functions (`login.verify`, `admin.authorize`, …): what they throw, or answer that makes no sense, is
 * the app's mistake and told as one.
 */
import { CallbackFailed } from '../errors.ts'

/**
 * Calls the app's function that is the option `name`, and reads its answer. `read` throws {@link UnexpectedResult}
 * where it makes no sense. Rejects with SESSION_CALLBACK_FAILED, reported with the stack. Two kinds of error pass as
 * they are: an answer of the app's own for the client (a `statusCode` from 400 to 499), and ours (a failure of the
 * database inside `app.sessions`, say).
 */
export interface AskApp {
  <Given, Answer>(name: string, call: () => Given | PromiseLike<Given>, read: (given: Given) => Answer): Promise<Answer>
  /** The same, at once where the app answers at once; then it throws at once, too. */
  now: <Given, Answer>(
    name: string,
    call: () => Given | PromiseLike<Given>,
    read: (given: Given) => Answer
  ) => Answer | Promise<Answer>
}

/** What a callback answered instead of what it should. */
export class UnexpectedResult extends Error {
  /** `words`: what was given, where more is wrong about it than can be seen. */
  constructor (given: unknown, takes: string, words = describe(given)) {
    super(`it gave ${words}; it gives ${takes}`)
    this.name = 'UnexpectedResult'
  }
}

export function createAskApp (report: (error: Error) => void): AskApp {
  /** What it failed with, as it is to be thrown. */
  function failure (name: string, error: unknown): unknown {
    if (isAnswer(error)) return error
    const failed = Object.assign(new CallbackFailed(name), { cause: error })
    report(failed)
    return failed
  }

  const now: AskApp['now'] = (name, call, read) => {
    try {
      const given = call()
      if (!isPromise(given)) return read(given)
      return Promise.resolve(given).then(read).catch((error: unknown) => { throw failure(name, error) })
    } catch (error) {
      throw failure(name, error)
    }
  }
  return Object.assign(async (...asked: Parameters<AskApp['now']>) => await now(...asked), { now }) as AskApp
}

/** Of whoever's making. */
function isPromise<Given> (given: Given | PromiseLike<Given>): given is PromiseLike<Given> {
  return typeof given === 'object' && given !== null && 'then' in given && typeof given.then === 'function'
}

function isAnswer (error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { statusCode, code } = error as { statusCode?: unknown, code?: unknown }
  if (code === 'SESSION_CALL_INVALID') return false
  return (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) ||
    (typeof code === 'string' && code.startsWith('SESSION_'))
}

/** Yes or no. Anything else that JavaScript takes for true is no permission. */
export function readYesOrNo (given: unknown): boolean {
  if (given === null || given === undefined) return false
  if (typeof given !== 'boolean') throw new UnexpectedResult(given, 'true or false')
  return given
}

const MAX_DIGITS = 40

/** A value in words for a message: never a long one, nor what an object holds. */
export function describe (value: unknown): string {
  if (value === null || value === undefined || typeof value === 'boolean') return String(value)
  if (typeof value === 'number' || typeof value === 'bigint') return inDigits(String(value))
  if (typeof value === 'string') return value === '' ? 'an empty text' : `a text of ${value.length} characters`
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function inDigits (digits: string): string {
  return digits.length > MAX_DIGITS ? `a number of ${digits.length} digits` : `the number ${digits}`
}
