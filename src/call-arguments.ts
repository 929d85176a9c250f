/** What an app gives to a call of ours: checks that throw SESSION_CALL_INVALID, which names the argument and says what it takes. */
import { describe } from './callbacks.ts'

/** An argument in words for a message. */
export function describeArgument (value: unknown): string {
  return value instanceof Promise ? 'a promise (is an await missing?)' : describe(value)
}
