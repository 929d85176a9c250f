/** The reason `replaced`: whoever ended a session with it before was said to have no reason that is known. */
import { guardFunction } from './guard.ts'

export function * reasons (schema: string): Generator<string> {
  yield guardFunction(schema)
}
