/** Options that are numbers. */
import { Misuse } from './failures.ts'

/** A whole number from 1 to `max`. */
export function numberOf (
  name: string,
  text: string | undefined,
  { otherwise, max }: { otherwise: number, max: number }
): number {
  if (text === undefined) return otherwise
  const number = Number(text)
  if (!/^\d{1,15}$/.test(text) || number < 1 || number > max) {
    throw new Misuse(`--${name} is a whole number from 1 to ${max}`)
  }
  return number
}
