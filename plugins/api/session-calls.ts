/** What the calls of `app.sessions` are given, read: a wrong argument is a wrong call of the app's, which names it. */
import { normalizeAddress } from '../../src/address.ts'
import { kAbsoluteEnd } from '../../src/admission/session-view.ts'
import { checkNarrowing, checkOneOf, checkOptionalText, checkText, readOptions, rejectArgument } from '../../src/app/arguments.ts'
import { CallInvalid, SessionNotFound } from '../../src/errors.ts'
import { REVOCATION_REASONS } from '../../src/protocol.ts'
import type { SocketSession } from '../../src/push/session-socket.ts'
import type { Cause, Selection } from '../../src/session/ended-session.ts'
import { checkSession, checkSessionId, checkUserId, isUuid } from '../../src/session/login-input.ts'
import type { SessionEvents } from '../../src/session/session-events.ts'
import type { ListOptions } from '../../src/session/session-page.ts'
import type { EndOptions, Identity, SessionsApi } from './sessions.ts'

/**
 * One session, only this user's where the user is named, too; or all of a user. A sessionId that is undefined is none,
 * and not everything.
 */
export function selectionOf (which: Parameters<SessionsApi['revokeIn']>[1]): Selection {
  const { sessionId, userId, except } = readOptions<{ sessionId?: string, userId?: unknown, except?: unknown }>(
    'the second argument of revokeIn', which, ['sessionId', 'userId', 'except']
  )
  checkNarrowing(which ?? {}, ['userId', 'except'])
  if (which === undefined || !('sessionId' in which)) {
    const user = checkUserId(userId)
    return { userId: user, ...(except === undefined ? {} : { except: checkSessionId(except, 'except') }) }
  }
  if (except !== undefined) {
    throw new CallInvalid('revokeIn takes sessionId or except, not both: ' +
      'sessionId is the one to end, except the one of the user\'s to leave')
  }
  checkText('sessionId', sessionId)
  if (!isUuid(sessionId as string)) throw new SessionNotFound()
  return { ids: [sessionId as string], ...(userId === undefined ? {} : { userId: checkUserId(userId) }) }
}

export const END_OPTIONS = ['reason', 'by', 'ip'] as const
export const EVENT_NAMES: ReadonlyArray<keyof SessionEvents> = ['opened', 'denied', 'ended', 'noticeFailed']
export const MAX_NAME = 100

export function cause ({ reason = 'policy', by = 'system', ip = null }: EndOptions): Cause {
  checkOneOf('reason', reason, REVOCATION_REASONS)
  checkOptionalText('ip', ip)
  return { reason, by: checkUserId(by, 'by'), ip: normalizeAddress(ip) }
}

export function readListing (call: string, options: ListOptions | undefined): ListOptions {
  const listing = readOptions(`the options of ${call}`, options, ['currentId', 'includeEnded', 'cursor'])
  checkOptionalText('currentId', listing.currentId)
  const { includeEnded } = listing
  if (![true, false, undefined].includes(includeEnded)) rejectArgument('includeEnded', includeEnded, 'true or false')
  return listing
}

interface Viewer {
  userId?: unknown
  currentId?: string | null
}

export function readViewer<Options extends Viewer> (call: string, options: Options | undefined): Options {
  const viewer = readOptions<Options>(`the options of ${call}`, options, ['userId', 'currentId'])
  checkNarrowing(viewer, ['userId'])
  checkOptionalText('currentId', viewer.currentId)
  return viewer
}

/** `expiresAt` may be an idle end, which moves on with every activity; the absolute one does not. */
export function identityOf (session: Identity): SocketSession {
  const { id, userId, expiresAt, confirmed = true, [kAbsoluteEnd]: absoluteEnd = Date.parse(expiresAt) } = checkSession(
    session
  )
  if (Number.isNaN(absoluteEnd)) rejectArgument('session.expiresAt', expiresAt, 'a time, as request.session has it')
  return { id, userId, expiresAt: absoluteEnd, confirmed: confirmed !== false }
}
