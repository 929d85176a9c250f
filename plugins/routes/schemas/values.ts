/** Values that several routes take or answer, as schemas. */
import { Type } from 'typebox'

/** PostgreSQL can't hold NUL. */
export const NO_NUL = '^[^\\u0000]*$'
/** Nor lone surrogates: they would be stored as something else. (In JSON Schema a pair of them is one character.) */
export const STORABLE = '^[^\\u0000\\ud800-\\udfff]*$'

/** One of these texts. */
export function oneOf<const Values extends readonly string[]> (values: Values) {
  return Type.Unsafe<Values[number]>({ type: 'string', enum: [...values] })
}

export const TextOrNull = Type.Unsafe<string | null>({ type: ['string', 'null'] })
