/**
 * Every error the library raises, one `createError` each. Answers carry `code` and `statusCode`; the message names the
 * remedy.
 */
import createFastifyError from '@fastify/error'
import { ERROR_STATUS, type EndedBy, type EndReason } from './protocol.ts'

interface CodedError<Code extends string, Status extends number> extends Error {
  code: Code
  statusCode: Status
}

/**
 * The class of one error; it takes what its message leaves open. A type of our own: that of @fastify/error stands in a
 * namespace, which an app's TypeScript does not find behind the default import under moduleResolution bundler.
 */
interface CodedErrorClass<Code extends string, Status extends number> {
  new (...values: [unknown?, unknown?, unknown?]): CodedError<Code, Status>
  (...values: [unknown?, unknown?, unknown?]): CodedError<Code, Status>
  readonly prototype: CodedError<Code, Status>
}

const createError: <Code extends string, Status extends number>(
  code: Code, message: string, statusCode: Status
) => CodedErrorClass<Code, Status> = createFastifyError

// What a request is answered with (CONTRACT §2).
export const SessionRequired = createError('SESSION_REQUIRED', 'Please log in first.', ERROR_STATUS.SESSION_REQUIRED)
export const TokenInvalid = createError(
  'SESSION_TOKEN_INVALID',
  'The session token is not valid. Please log in again.',
  ERROR_STATUS.SESSION_TOKEN_INVALID
)
export const SessionNotFound = createError(
  'SESSION_NOT_FOUND',
  'There is no such session.',
  ERROR_STATUS.SESSION_NOT_FOUND
)
export const SessionLimitReached = createError(
  'SESSION_LIMIT_REACHED',
  'Too many devices are signed in. Please log out on one of them first.',
  ERROR_STATUS.SESSION_LIMIT_REACHED
)
export const LoginDenied = createError(
  'SESSION_LOGIN_DENIED',
  "This login looks like somebody else's, and was refused. Please log in on a device that you have used before.",
  ERROR_STATUS.SESSION_LOGIN_DENIED
)
export const SessionUnconfirmed = createError(
  'SESSION_UNCONFIRMED',
  'Please confirm this login on another of your devices first.',
  ERROR_STATUS.SESSION_UNCONFIRMED
)
export const SessionForbidden = createError(
  'SESSION_FORBIDDEN',
  'Only an administrator may do this.',
  ERROR_STATUS.SESSION_FORBIDDEN
)
export const OriginForbidden = createError(
  'SESSION_ORIGIN_FORBIDDEN',
  'This request came from another site: %s',
  ERROR_STATUS.SESSION_ORIGIN_FORBIDDEN
)
export const TlsRequired = createError(
  'SESSION_TLS_REQUIRED',
  'Sessions are served over HTTPS only. If this request came over HTTPS, the proxy has to say so in X-Forwarded-Proto, and trustProxy has to name the proxy.',
  ERROR_STATUS.SESSION_TLS_REQUIRED
)
export const ReauthenticationRequired = createError(
  'SESSION_REAUTHENTICATION_REQUIRED',
  'Please confirm that it is you first.',
  ERROR_STATUS.SESSION_REAUTHENTICATION_REQUIRED
)
export const StoreUnavailable = createError(
  'SESSION_STORE_UNAVAILABLE',
  'Sessions can not be checked right now. Please try again.',
  ERROR_STATUS.SESSION_STORE_UNAVAILABLE
)
export const RevocationUnconfirmed = createError(
  'SESSION_REVOCATION_UNCONFIRMED',
  'The session has ended, but not every node could confirm it in time. Repeating the request is safe.',
  ERROR_STATUS.SESSION_REVOCATION_UNCONFIRMED
)
export const UpgradeRequired = createError(
  'SESSION_UPGRADE_REQUIRED',
  'This address is a WebSocket: connect to it with ws:// or wss://. If you did, a proxy in between does not pass the upgrade on.',
  ERROR_STATUS.SESSION_UPGRADE_REQUIRED
)
export const RateLimited = createError(
  'SESSION_RATE_LIMITED',
  'Too many requests. Please try again later.',
  ERROR_STATUS.SESSION_RATE_LIMITED
)
export const InvalidCredentials = createError(
  'INVALID_CREDENTIALS',
  'The e-mail address or the password is wrong.',
  ERROR_STATUS.INVALID_CREDENTIALS
)
const Revoked = createError(
  'SESSION_REVOKED',
  'Session expired or revoked. Please log in again.',
  ERROR_STATUS.SESSION_REVOKED
)
const Expired = createError(
  'SESSION_EXPIRED',
  'The session has expired. Please log in again.',
  ERROR_STATUS.SESSION_EXPIRED
)

/**
 * The rejection of a session that has ended: SESSION_EXPIRED when it ended by itself, else SESSION_REVOKED; `reason`
 * says why, `by` from which other device of the user's.
 */
export function sessionEnded (reason: EndReason, byDevice: string | null = null): SessionError {
  const byItself = reason === 'expired' || reason === 'idle_timeout'
  return Object.assign(byItself ? new Expired() : new Revoked(), {
    reason,
    ...(byDevice === null ? {} : { by: { deviceName: byDevice } })
  })
}

/** Any error of this file as the plugin answers it. */
export interface SessionError extends Error {
  code: string
  statusCode?: number
  reason?: EndReason
  by?: EndedBy
  /** With 429 and 503. @default 1 */
  retryAfterSeconds?: number
}

/** What the database threw, as our own failure (503) with its cause; what has a status of its own stays as it is. */
export function storeUnavailable (error: unknown): SessionError {
  if (error instanceof Error && 'statusCode' in error) return error as SessionError
  return Object.assign(new StoreUnavailable(), { cause: error })
}

// What registration and the app's own calls fail with.
export const OptionInvalid = createError('SESSION_OPTION_INVALID', 'fastify-live-sessions: option "%s" %s', 500)
export const SecretMissing = createError(
  'SESSION_SECRET_MISSING',
  'fastify-live-sessions: option "secret" is missing; give at least 32 random bytes, the same on every node (for example from: openssl rand -base64 48)',
  500
)
export const DatabaseMissing = createError(
  'SESSION_DATABASE_MISSING',
  'fastify-live-sessions: option "database" is missing; give a postgres:// URL, {url, pool, schema}, or a MikroORM instance that lists liveSessionEntities',
  500
)
export const DecoratorTaken = createError(
  'SESSION_DECORATOR_TAKEN',
  'fastify-live-sessions: %s is taken by another plugin (@fastify/session, perhaps). Remove that plugin, or register it in a scope of its own',
  500
)
export const RegisteredTwice = createError(
  'SESSION_DECORATOR_TAKEN',
  'fastify-live-sessions: the plugin is registered already, in this scope or one around it, and its routes and app.sessions hold here, too. Register it once',
  500
)
/** What PostgreSQL or Redis is not as it must be at the start; the message names place, option and remedy. */
export class StartProblem extends Error {
  override readonly name = 'FastifyError'
  readonly code: string
  readonly statusCode = 500
  /** What is wrong, without what to do. */
  readonly what: string
  readonly remedy: string

  constructor (
    code: string,
    { option, what, remedy }: { option: string, what: string, remedy: string },
    options: ErrorOptions = {}
  ) {
    super(`fastify-live-sessions: ${option}: ${what}. Remedy: ${remedy}`, options)
    this.code = code
    this.what = what
    this.remedy = remedy
  }
}
/**
 * The app's mistake in a function that it gave us; `cause` says what. The client learns no more than the option's name.
 */
export const CallbackFailed = createError(
  'SESSION_CALLBACK_FAILED',
  'fastify-live-sessions: the function given as option "%s" failed; the log says how',
  500
)
/** The app's mistake in a hook that an answer of ours went through, after what was asked had been done. */
export const AnswerFailed = createError(
  'SESSION_ANSWER_FAILED',
  'The request was carried out, but a hook of the app failed on its answer; the log says how',
  ERROR_STATUS.SESSION_ANSWER_FAILED
)
/** The app's mistake in a call of ours. */
export const CallInvalid = createError('SESSION_CALL_INVALID', 'fastify-live-sessions: %s', 500)
/** The client's mistake. */
export const ArgumentInvalid = createError('SESSION_ARGUMENT_INVALID', '%s', 400)
