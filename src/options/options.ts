/**
 * The plugin's options: what they mean, in which unit, and what holds where they are left out. Long, because each has
 * that beside it.
 */
import type { MikroOrmLike, RedisLike } from '../app/instances.ts'
import type { DeviceType } from '../protocol.ts'
import type { Claims, StoredUserId, UserId, WithClaims } from '../session-types.ts'
import type { AddressOptions } from './addresses.ts'
import type { CookieOptions } from './cookie.ts'
import type { GeoipOptions } from './geoip.ts'
import type { NotifyOptions } from './notify.ts'
import type { SecretOption } from './keys.ts'
import type { RiskOptions } from './risk.ts'

/** PostgreSQL, as this library connects to it. */
export interface DatabaseOptions {
  /** `postgres://user:password@host:port/name`. */
  url: string
  /**
   * Connections of the main pool. With `max: 1` the renewal shares that one connection (embedded databases).
   * @default { min: 0, max: 10 }
   */
  pool?: { min?: number, max?: number }
  /** The schema the tables live in; it must exist. @default the connection's own */
  schema?: string
}

/** What `login.verify` is asked. */
export interface LoginAttempt<Request> {
  /** The request's body, as it came: at least `email` and `password`, both strings. */
  body: { email: string, password: string } & Record<string, unknown>
  request: Request
}

/** Who logged in, as `login.verify` says. */
export type LoginIdentity = {
  /**
   * The user's id in the app: a text of at most 255 characters, a whole number, or a bigint. Kept and shown as text.
   */
  id: UserId
} & WithClaims

export interface LoginOptions<Request> {
  /**
   * Checks the password. Null, or undefined: the address is unknown or the password is wrong (give both the same time).
   */
  verify: (
    attempt: LoginAttempt<Request>
  ) => Promise<LoginIdentity | null | undefined> | LoginIdentity | null | undefined
  /**
   * Failed logins a minute for one account from one address, on one node; ten times as many from the address in all. 0
   * switches the limit off.
   * @default 30
   */
  failuresPerMinute?: number
  /**
   * Failed logins an hour for one account from anywhere, on one node; then only devices that signed in to it before may
   * try, each with a count of its own. 0 switches the limit off. @default 100; 0 where `failuresPerMinute` is 0
   */
  accountFailuresPerHour?: number
  /**
   * Checks that it is still the same person: the password in the body, a code. Makes `POST /auth/reauthenticate`, where
   * `reauthenticateWithinMs` is set.
   */
  reauthenticate?: (attempt: ReauthenticationAttempt<Request>) => Promise<boolean> | boolean
}

/** What `login.reauthenticate` is asked. */
export interface ReauthenticationAttempt<Request> {
  /** The request's body, as it came. */
  body: Record<string, unknown>
  /** Whose session it is. */
  userId: StoredUserId
  request: Request
}

export interface AdminOptions<Request> {
  /** Whether this request may see and end anybody's sessions. Called for signed-in requests only. */
  authorize: (request: Request) => Promise<boolean> | boolean
}

/** ABP's setting: which other sessions a login ends. */
export const PREVENT_CONCURRENT_LOGIN = ['disabled', 'logoutFromSameTypeDevices', 'logoutFromAllDevices'] as const
export type PreventConcurrentLogin = typeof PREVENT_CONCURRENT_LOGIN[number]

/** What a login beyond the limit does. */
export const WHEN_FULL = ['evictOldest', 'evictLeastRecentlyActive', 'deny'] as const
export type WhenFull = typeof WHEN_FULL[number]

/** At most `max` sessions of the user; `of` counts only those of the login's device type, or of its client. */
export interface SessionLimit {
  max: number
  /** @default 'user' */
  of?: typeof LIMIT_OF[number]
}
export const LIMIT_OF = ['user', 'deviceType', 'clientId'] as const

/** Who asks for a place: what a limit may depend on. */
export interface LimitQuestion {
  userId: StoredUserId
  deviceType: DeviceType
  clientId: string | null
  claims: Readonly<Claims>
}

/** The limit for this login; null for none. A number counts all sessions of the user. */
export type LimitFunction = (
  login: LimitQuestion
) => SessionLimit | number | null | Promise<SessionLimit | number | null>

/** A rule that may change while the app runs: what holds for this login. */
export type RuleFunction<Rule> = (login: LimitQuestion) => Rule | Promise<Rule>

/** Whose step-up it is. */
export interface StepUpQuestion {
  /** The session's id. */
  id: string
  userId: StoredUserId
  /** What the app added to the token. */
  claims: Readonly<Claims>
}

/** How recent a proof has to be for this session, in ms; null: none is needed. */
export type StepUpFunction = (session: StepUpQuestion) => number | null | Promise<number | null>

export interface CleanupOptions {
  /** Whether this node takes part. @default true */
  enabled?: boolean
  /** In ms. @default one hour */
  periodMs?: number
  /** Sessions without activity for so long are ended, in ms; the idle timeout counts too. @default 30 days */
  inactiveMs?: number
  /** Ended sessions and events are kept, and shown with `?include=ended`, for so long. In ms. @default 90 days */
  retentionMs?: number
}

export interface SocketOptions {
  /** Whether an open socket counts as activity of its session. @default true */
  countsAsActivity?: boolean
  /** A heartbeat and a ping go out this often; a peer silent for two of them is cut (4408). In ms. @default 25_000 */
  heartbeatMs?: number
  /** Open sockets one session may have on one node; one more is 429. @default 16 */
  maxPerSession?: number
  /** Frames a client may send within ten seconds; more is a flood (1008). @default 50 */
  maxFramesPerTenSeconds?: number
}

export interface CacheOptions {
  /**
   * Sessions held in memory on one node; those that were not used lately make room. 0 asks PostgreSQL at every request.
   * @default 100_000
   */
  maxSessions?: number
  /** Session rows a node reads at the same time; a request that needs one more is answered with 503. @default 1_000 */
  maxReads?: number
}

/** Options of the plugin. `Request` is Fastify's request type. */
export interface LiveSessionsOptions<Request = unknown> {
  /**
   * Signs the tokens and the bus: a secret of at least 32 bytes, or a key pair; a list rotates (the first signs, all
   * verify).
   */
  secret: SecretOption | readonly SecretOption[] | undefined
  /** PostgreSQL 13 or later: a URL, `{url, pool, schema}`, or a MikroORM instance that lists `liveSessionEntities`. */
  database: string | DatabaseOptions | MikroOrmLike | undefined
  /**
   * Redis, for nodes to hear of each other at once: a URL, or an instance of ioredis 5 or 6 (`Redis` or `Cluster`),
   * whose options are used.
   * @default none: one node, or about a second between nodes
   */
  redis?: string | RedisLike | null | undefined
  /**
   * Notices of new devices and suspicious logins: `true` for the user's other open pages; with `mail` or `send`, mails
   * and your own channel, too.
   * @default none
   */
  notify?: NotifyOptions | boolean | null
  /** Where the routes live. @default '/api' */
  prefix?: string
  /** Makes `POST /auth/login`. @default none: no such route; the app calls `sessions.open` itself */
  login?: LoginOptions<Request> | null
  /** Makes the admin routes. @default none: no such routes */
  admin?: AdminOptions<Request> | null

  /** The token's `iss`; other issuers' tokens are rejected. @default 'fastify-live-sessions' */
  issuer?: string
  /** The token's `aud`; tokens for others are rejected. @default 'fastify-live-sessions' */
  audience?: string
  /** A session ends this long after its login, whatever happens. In ms. @default 30 days */
  absoluteTimeoutMs?: number
  /** A session ends after this long without activity. In ms. @default 30 days */
  idleTimeoutMs?: number
  /** Activity is gathered in memory and written this often, in one statement. In ms. @default 10_000 */
  activityIntervalMs?: number

  /**
   * Which other sessions a login ends: none, those on devices of the same type, or all; or a function of the login that
   * says so.
   * @default 'disabled'
   */
  preventConcurrentLogin?: PreventConcurrentLogin | RuleFunction<PreventConcurrentLogin>
  /**
   * Sessions a user may have at once: a number, or a function of the login (its answer may count only the login's
   * device type or client).
   * @default null, no limit
   */
  maxSessions?: number | null | LimitFunction
  /** What a login beyond the limit does, or a function of the login that says so. @default 'evictOldest' */
  whenFull?: WhenFull | RuleFunction<WhenFull>
  /** A login from the same device (by its device id) ends that device's older session. @default true */
  replaceSameDevice?: boolean
  /** A login answers when the sessions that it ended are out on every node; off: at once. @default true */
  awaitEvictions?: boolean
  /**
   * Ending other sessions needs a login, or another proof of who it is, within this time; or a function of the session
   * that says how long. In ms.
   * @default null, no such need
   */
  reauthenticateWithinMs?: number | null | StepUpFunction
  cleanup?: CleanupOptions
  /** What is kept of the addresses that people come from, and for how long. */
  addresses?: AddressOptions

  /**
   * Where addresses are: the path of an `.mmdb` file, several, or `{files, precision}`; read at login and at a change
   * of address.
   * @default null, no locations
   */
  geoip?: string | readonly string[] | GeoipOptions | null
  /**
   * Judges logins by what speaks for somebody else, and tells the user's other devices; `true` takes the defaults.
   * @default null, logins are not judged
   */
  risk?: RiskOptions | boolean | null
  /** A device that did not sign in for so long is a new one again. In ms. @default 400 days */
  knownDevicesMs?: number

  /**
   * The session cookie; the device's follows it.
   * @default `__Host-session` with TLS in production, else `session-` and six characters of the app's own, without TLS;
   * SameSite=Lax, this host, every path
   */
  cookie?: CookieOptions
  /**
   * Whether a request that came in plain HTTP, and not from this machine, is refused a session (403). `'auto'`: in
   * production, where Fastify's `trustProxy` is set.
   * @default 'auto'
   */
  requireTls?: boolean | 'auto'
  /**
   * Exact origins beside the app's own that may use the cookie or open a socket, e.g. `https://app.example.com`,
   * `capacitor://localhost`.
   * @default []
   */
  allowedOrigins?: readonly string[]
  /** `Clear-Site-Data` types sent with a logout, or false. @default ['cache'] */
  clearSiteData?: readonly string[] | false
  socket?: SocketOptions
  /** What a node holds in memory at most. */
  cache?: CacheOptions

  /** How long a node may answer from memory after a renewal began. In ms. @default 4_000 */
  leaseMs?: number
  /** How often each node reads the new revocations. In ms; at most a third of the lease. @default 1_000 */
  renewalMs?: number
  /**
   * How far a node's wall clock and PostgreSQL's may be apart until `health()` says so, and the node counts as not
   * ready. Sessions end by PostgreSQL's clock in any case. In ms.
   * @default 10_000
   */
  maxClockDifferenceMs?: number
  /** Prefix of the channels in Redis; apps that share a Redis need different ones. @default 'live-sessions' */
  redisPrefix?: string

  /** Whether to run the migrations at start. Off: `npx fastify-live-sessions migrate`. @default true */
  migrate?: boolean
  /** URL for the migrations, where they need another role or another way to PostgreSQL. @default the database's own */
  migrationUrl?: string
  /** How long a query may take before the request is answered with 503. In ms. @default 10_000 */
  queryTimeoutMs?: number
}
