/**
 * The rules of one login: fixed ones, and those that the app is asked for each time, because they may change while it
 * runs.
 */
import { UnexpectedResult, type AskApp } from '../app/callbacks.ts'
import {
  LIMIT_OF,
  PREVENT_CONCURRENT_LOGIN,
  WHEN_FULL,
  type LimitFunction,
  type LimitQuestion,
  type PreventConcurrentLogin,
  type RuleFunction,
  type SessionLimit,
  type WhenFull
} from '../options/options.ts'
import type { ConcurrencyRules } from './concurrency.ts'

export interface RuleOptions {
  maxSessions: number | null | LimitFunction
  preventConcurrentLogin: PreventConcurrentLogin | RuleFunction<PreventConcurrentLogin>
  whenFull: WhenFull | RuleFunction<WhenFull>
  replaceSameDevice: boolean
}

/** What holds for this login. Asked before it waits for anything. */
export type RulesOf = (login: LimitQuestion) => Promise<ConcurrencyRules>

export function createRules (
  { maxSessions, preventConcurrentLogin, whenFull, replaceSameDevice }: RuleOptions,
  askApp: AskApp
): RulesOf {
  return async (login) => {
    const [limit, prevent, full] = await Promise.all([
      typeof maxSessions === 'function'
        ? askApp('maxSessions', () => maxSessions(login), readLimit)
        : readLimit(maxSessions),
      typeof preventConcurrentLogin === 'function'
        ? askApp('preventConcurrentLogin', () => preventConcurrentLogin(login), oneOf(PREVENT_CONCURRENT_LOGIN))
        : preventConcurrentLogin,
      typeof whenFull === 'function' ? askApp('whenFull', () => whenFull(login), oneOf(WHEN_FULL)) : whenFull
    ])
    return { limit, preventConcurrentLogin: prevent, whenFull: full, replaceSameDevice }
  }
}

function oneOf<const Values extends readonly string[]> (known: Values) {
  return (given: unknown): Values[number] => {
    if (!known.includes(given as string)) throw new UnexpectedResult(given, known.join(', '))
    return given as Values[number]
  }
}

function readLimit (given: unknown): SessionLimit | null {
  if (given === null) return null
  const limit = typeof given === 'number' ? { max: given } : given
  if (typeof limit !== 'object' || limit === null || !('max' in limit) || !isMax(limit.max) || !isScope(limit)) {
    throw new UnexpectedResult(
      given,
      `a number from 0 on, {max, of?} with of one of ${LIMIT_OF.join(', ')}, or null for no limit`
    )
  }
  return limit as SessionLimit
}

function isMax (max: unknown): boolean {
  return max === Infinity || (Number.isSafeInteger(max) && (max as number) >= 0)
}

function isScope (limit: object): boolean {
  return !('of' in limit) || limit.of === undefined || LIMIT_OF.includes(limit.of as never)
}
