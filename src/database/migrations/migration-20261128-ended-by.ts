/** From which of their other devices a person ended a session, by its name. */
import { tableIn } from './table-in.ts'

export function * endedBy (schema: string): Generator<string> {
  yield `alter table ${tableIn(schema, 'live_session')} add column if not exists revoked_by_device text`
}
