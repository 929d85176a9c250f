/** What an app gives to open a session, checked before it reaches a row or a token. */
import { describeArgument, rejectArgument } from '../app/arguments.ts'
import { describe } from '../app/callbacks.ts'
import { CallInvalid } from '../errors.ts'
import type { UserId } from '../session-types.ts'

const MAX_TEXT = 255
const RESERVED_CLAIMS = new Set(['sub', 'session_id', 'iat', 'exp', 'nbf', 'jti', 'iss', 'aud'])

/** A text that PostgreSQL can hold: not empty, at most 255 characters, without NUL or lone surrogates. */
export function isStorableText (value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_TEXT && !value.includes('\0') &&
    value.isWellFormed()
}

export function checkSessionId (id: unknown, name = 'sessionId'): string {
  if (typeof id !== 'string' || !isUuid(id)) rejectArgument(name, id, 'the id of a session, a UUID')
  return id
}

/** A session as an app hands it back: `request.session`, say, which is null without a guard. */
export function checkSession<Given extends { id: string }> (session: Given): Given {
  if (typeof session !== 'object' || session === null) {
    rejectArgument('session', session, 'request.session, behind a guard')
  }
  checkSessionId(session.id, 'session.id')
  return session
}

/** A user's id as text. Throws SESSION_CALL_INVALID: it is the app that gives it. */
export function checkUserId (userId: unknown, name = 'userId'): string {
  const text = userIdText(userId)
  if (text === null) throw new CallInvalid(`${name} is ${describeUserId(userId)}; it takes ${USER_ID_TAKES}`)
  return text
}

export const USER_ID_TAKES = 'a text of 1 to 255 characters (without NUL), a whole number, or a bigint'

/** In words, with what is wrong about it where that can't be seen. */
export function describeUserId (userId: unknown): string {
  if (typeof userId === 'number' && Number.isInteger(userId) && !Number.isSafeInteger(userId)) {
    return `${describe(userId)}, which JavaScript may have rounded (give it as a text or a bigint)`
  }
  if (typeof userId !== 'string') return describeArgument(userId)
  if (userId.includes('\0')) return 'a text with NUL in it'
  return userId.isWellFormed() ? describe(userId) : 'a text with half a character (a lone surrogate) in it'
}

/** Null when it can't be one. A number that is not exact would be somebody else's. */
export function userIdText (userId: UserId | unknown): string | null {
  if (typeof userId === 'bigint' || Number.isSafeInteger(userId)) return userIdText(String(userId))
  return isStorableText(userId) ? userId : null
}

/** The app's claims for the token; rejects the names that are the session's own. */
export function checkClaims (claims: Record<string, unknown> | undefined): Record<string, unknown> {
  if (claims !== undefined && (typeof claims !== 'object' || claims === null || Array.isArray(claims))) {
    throw new CallInvalid(`claims is ${describe(claims)}; it takes an object`)
  }
  for (const name of Object.keys(claims ?? {})) {
    if (RESERVED_CLAIMS.has(name)) {
      throw new CallInvalid(`claims.${name} is set by the session itself; choose another name`)
    }
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
