/**
 * What crosses the wire, for both sides: messages, close codes, error codes and shapes. No imports, so that the browser
 * shares it. Long, because it is in one place.
 */

/** The socket's subprotocol; a second offered one may carry the credential as `bearer.<jwt>`. */
export const SUBPROTOCOL = 'live-sessions.v1'
export const BEARER_SUBPROTOCOL_PREFIX = 'bearer.'

/** WebSocket close codes. No code by itself means "signed out": a client believes a `logout` message or a 401 only. */
export const CLOSE_CODES = {
  /** 1008: flood, or data that is not this protocol's. */
  policy: 1008,
  /** 1009: a frame over {@link MAX_FRAME_BYTES}. */
  tooBig: 1009,
  /** 1012: the node restarts; connect again, to another one. */
  restart: 1012,
  /** 1013: the node is busy or in doubt; connect again later. */
  tryAgainLater: 1013,
  /** 4401: the session ended; a `logout` message came before. */
  sessionEnded: 4401,
  /** 4408: the peer stayed silent. */
  silent: 4408
} as const

/** Largest frame a client may send, in bytes. */
export const MAX_FRAME_BYTES = 16_384

export const REVOCATION_REASONS = [
  'logout', 'replaced', 'revoked_by_user', 'revoked_by_admin', 'concurrent_login', 'session_limit',
  'password_changed', 'account_disabled', 'reported_by_user', 'policy'
] as const
/** Why somebody or something ended a session. */
export type RevocationReason = typeof REVOCATION_REASONS[number]

export const EXPIRY_REASONS = ['expired', 'idle_timeout'] as const
/** Why a session ended by itself: past its absolute end, or idle for too long. */
export type ExpiryReason = typeof EXPIRY_REASONS[number]

/** Every reason a session can end for. */
export type EndReason = RevocationReason | ExpiryReason

export const DEVICE_TYPES = [
  'desktop', 'mobile', 'tablet', 'tv', 'console', 'wearable', 'app', 'cli', 'bot', 'unknown'
] as const
export type DeviceType = typeof DEVICE_TYPES[number]

export const SESSION_STATUSES = ['active', 'revoked', 'expired'] as const
export type SessionStatus = typeof SESSION_STATUSES[number]

/** The `code` of every error answer, with its HTTP status. */
export const ERROR_STATUS = {
  SESSION_REQUIRED: 401,
  SESSION_TOKEN_INVALID: 401,
  SESSION_REVOKED: 401,
  SESSION_EXPIRED: 401,
  SESSION_NOT_FOUND: 404,
  SESSION_LIMIT_REACHED: 403,
  SESSION_LOGIN_DENIED: 403,
  SESSION_UNCONFIRMED: 403,
  SESSION_FORBIDDEN: 403,
  SESSION_ORIGIN_FORBIDDEN: 403,
  SESSION_REAUTHENTICATION_REQUIRED: 403,
  SESSION_STORE_UNAVAILABLE: 503,
  SESSION_REVOCATION_UNCONFIRMED: 503,
  SESSION_UPGRADE_REQUIRED: 426,
  SESSION_RATE_LIMITED: 429,
  INVALID_CREDENTIALS: 401,
  SESSION_TLS_REQUIRED: 403,
  SESSION_CALLBACK_FAILED: 500,
  SESSION_ANSWER_FAILED: 500
} as const
export type ErrorCode = keyof typeof ERROR_STATUS

/** The device from which a person ended another session of theirs, by its name at that time. */
export interface EndedBy { deviceName: string }

/** The body of every error answer of the plugin. */
export interface ErrorBody {
  statusCode: number
  code: ErrorCode | string
  /** The status in words, e.g. `Unauthorized`. */
  error: string
  message: string
  /** Why the session ended; with `SESSION_REVOKED` and `SESSION_EXPIRED`. */
  reason?: EndReason
  /** From where; only where another session of the same user ended it. */
  by?: EndedBy
}

export interface NamedVersion {
  name: string
  /** Null where the browser shows no true version. */
  version: string | null
}

export interface Location {
  countryCode: string | null
  country: string | null
  region: string | null
  city: string | null
}

/** A session as its owner sees it. Times are ISO 8601 in UTC. Never holds a token. */
export interface Session {
  id: string
  deviceName: string
  deviceType: DeviceType
  browser: NamedVersion | null
  os: NamedVersion | null
  deviceVendor: string | null
  deviceModel: string | null
  /** The app's own name for its client ("ios-app"), as given at login. */
  clientId: string | null
  /** The latest; as the server's options say, of its network alone, or null. */
  ipAddress: string | null
  location: Location | null
  createdAt: string
  lastActivityAt: string
  expiresAt: string
  /** Whether this is the session that asked. */
  isCurrent: boolean
  /** False: it waits until it is confirmed on another of the user's devices, and ends by itself if it is not. */
  confirmed: boolean
  status: SessionStatus
  /** These four only where `status` is not `active`. */
  revokedAt?: string | null
  revokedReason?: EndReason | null
  revokedBy?: string | null
  logoutDeliveredAt?: string | null
}

/** `GET /sessions/:id`: with the last five addresses, newest first. */
export interface SessionDetail extends Session {
  addresses: Array<{ ip: string, at: string }>
}

/** What every request that ends sessions answers with 200. */
export interface RevocationReport {
  /** How many sessions this request ended. */
  count: number
  /** Their ids, 100 at most. */
  revoked: string[]
  /** Always true in a 200: no node accepts these sessions any more. */
  confirmed: true
  /** Milliseconds from the commit to the confirmation. */
  waitedMs: number
  /** Nodes that have applied it (this one included), and nodes whose lease was waited out or that are gone. */
  nodes: { acknowledged: number, lapsed: number }
  /** Sockets that were sent a `logout`, as far as known so far. */
  sockets: { notified: number }
}

/** `POST /auth/login`. `token` only with the bearer transport; with the cookie transport it is in Set-Cookie alone. */
export interface LoginAnswer {
  token?: string
  expiresAt: string
  session: Session
}

/** What speaks for somebody else at a login, with the facts that say so. */
export type RiskReason =
  /** This user never signed in with this device. */
  | { reason: 'new_device', deviceName: string }
  /** Nor from this country; `known` are those that they did sign in from. */
  | { reason: 'new_country', countryCode: string, known: string[] }
  /** Nor from this address (of IPv6: from this /64; null once it is forgotten). */
  | { reason: 'new_address', network: string | null }
  /** Nobody travels so fast: places as `country` or `city, country`, `since` the last activity there, ISO 8601. */
  | { reason: 'impossible_travel', from: string, to: string, kilometres: number, hours: number, since: string }
  /** So many wrong passwords came before the right one. */
  | { reason: 'failed_logins', count: number, withinMs: number }
  /** The places database says that the address hides who uses it: `vpn`, `tor`, `proxy`, … */
  | { reason: 'anonymous_address', kinds: string[] }
  /** The places database says that it is a machine in a datacentre. */
  | { reason: 'datacentre', organization: string | null }
  /** The user said of this device: "this wasn't me". */
  | { reason: 'refused_device' }

export const RISK_DECISIONS = ['allow', 'deny', 'unconfirmed'] as const
/**
 * What is done about a risk: the login passes, is refused, or its session waits until it is confirmed on another
 * device.
 */
export type RiskDecision = typeof RISK_DECISIONS[number]

/** What a notice is about: a device that is new, or a login that more speaks against. */
export const NOTICE_KINDS = ['new_device', 'suspicious'] as const
export type NoticeKind = typeof NOTICE_KINDS[number]

/** Server → client, JSON text frames. */
export interface WelcomeMessage { type: 'welcome', sessionId: string, heartbeatMs: number, serverTime: string }
export interface LogoutMessage {
  type: 'logout'
  eventId: string
  sessionId: string
  reason: EndReason
  at: string
  /** Null: not by another session of the same user. */
  by: EndedBy | null
}
export interface SessionsChangedMessage { type: 'sessions_changed' }
export interface HeartbeatMessage { type: 'heartbeat' }
/**
 * To the user's other devices: somebody has just signed in; was it you? "No" is `DELETE /sessions/:id`; "yes" is
 * `POST /sessions/:id/confirm`, for which an unconfirmed session waits (`session.confirmed` is false).
 */
export interface NoticeMessage { type: 'notice', kind: NoticeKind, session: Session }
export type ServerMessage = WelcomeMessage | LogoutMessage | SessionsChangedMessage | NoticeMessage | HeartbeatMessage

/**
 * Client → server: the receipt of a `logout`. `delivered` when it arrived; with `wiping`, the client goes on to erase
 * its data and says `wiped` afterwards, and the server keeps the socket open for it.
 */
export interface AckMessage { type: 'ack', eventId: string, state: 'delivered' | 'wiped', wiping?: boolean }
export type ClientMessage = AckMessage
