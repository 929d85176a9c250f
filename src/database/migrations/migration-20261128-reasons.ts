/** The reason `replaced`: whoever ended a session with it before was said to have no reason that is known. */
import { guardFunction } from './guard.ts'

const REASONS = [
  'logout', 'replaced', 'revoked_by_user', 'revoked_by_admin', 'concurrent_login', 'session_limit',
  'password_changed', 'account_disabled', 'reported_by_user', 'policy', 'expired', 'idle_timeout'
]

export function * reasons (schema: string): Generator<string> {
  yield guardFunction(schema, REASONS)
}
