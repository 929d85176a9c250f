/** What an app gives to open a session, checked before it reaches a row or a token. */
import { ArgumentInvalid } from '../errors.ts'

const MAX_TEXT = 255
const RESERVED_CLAIMS = new Set(['sub', 'session_id', 'iat', 'exp', 'nbf', 'jti', 'iss', 'aud'])

/** A text that PostgreSQL can hold: not empty, at most 255 characters, without NUL or lone surrogates. */
export function isStorableText (value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_TEXT && !value.includes('\0') && value.isWellFormed()
}

export function checkSessionId (id: unknown): string {
  if (typeof id !== 'string' || !isUuid(id)) throw new ArgumentInvalid('the session\'s id is a UUID')
  return id
}

export function checkUserId (userId: unknown): string {
  if (!isStorableText(userId)) throw new ArgumentInvalid('userId is a text of 1 to 255 characters, without NUL')
  return userId
}

/** The app's claims for the token; refuses the names that are the session's own. */
export function checkClaims (claims: Record<string, unknown> | undefined): Record<string, unknown> {
  for (const name of Object.keys(claims ?? {})) {
    if (RESERVED_CLAIMS.has(name)) throw new ArgumentInvalid(`claims.${name} is set by the session itself; choose another name`)
  }
  return { ...claims }
}

/** A client's or device's own id: a storable text, else null. */
export function optionalId (value: unknown): string | null {
  return isStorableText(value) ? value : null
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Whether this may be a session's id: PostgreSQL raises an error on anything else. */
export function isUuid (id: string): boolean {
  return UUID.test(id)
}
