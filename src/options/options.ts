/** The plugin's options: what they mean, their defaults, and the one place where they are checked. */
import type { MikroOrmLike, RedisLike } from '../app/instances.ts'
import { appTag } from './app-tag.ts'
import { DatabaseMissing, OptionInvalid } from '../errors.ts'
import { resolveCookie, type CookieOptions, type ResolvedCookie } from './cookie.ts'
import { resolveKeys, type Keys, type SecretOption } from './keys.ts'
import { checkBoolean, checkFunction, checkNames, checkNumber, checkOneOf, checkPostgresUrl, checkText, inWords, MAX_TIMER_MS, readGroup, refuse, schemeIn, withoutUndefined } from './values.ts'
import type { DeviceType } from '../protocol.ts'
import type { Claims, StoredUserId, UserId, WithClaims } from '../session-types.ts'

/** PostgreSQL, as this library connects to it. */
export interface DatabaseOptions {
  /** `postgres://user:password@host:port/name`. */
  url: string
  /** Connections of the main pool. With `max: 1` the renewal shares that one connection (embedded databases). @default { min: 0, max: 10 } */
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
  /** The user's id in the app: a text of at most 255 characters, a whole number, or a bigint. Kept and shown as text. */
  id: UserId
} & WithClaims

export interface LoginOptions<Request> {
  /** Checks the password. Null, or undefined: the address is unknown or the password is wrong (give both the same time). */
  verify: (attempt: LoginAttempt<Request>) => Promise<LoginIdentity | null | undefined> | LoginIdentity | null | undefined
  /** Failed logins a minute for one account from one address, on one node; ten times as many from the address in all. 0 switches the limit off. @default 30 */
  failuresPerMinute?: number
  /**
   * Failed logins an hour for one account from anywhere, on one node; then only devices that signed in to it before may try, each with a
   * count of its own. 0 switches the limit off. @default 100; 0 where `failuresPerMinute` is 0
   */
  accountFailuresPerHour?: number
  /** Checks that it is still the same person: the password in the body, a code. Makes `POST /auth/reauthenticate`, where `reauthenticateWithinMs` is set. */
  reauthenticate?: (attempt: ReauthenticationAttempt<Request>) => Promise<boolean> | boolean
}

export type ResolvedLogin<Request> = LoginOptions<Request> & Required<Pick<LoginOptions<Request>, 'failuresPerMinute' | 'accountFailuresPerHour'>>

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
export type LimitFunction = (login: LimitQuestion) => SessionLimit | number | null | Promise<SessionLimit | number | null>

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
  /** Sessions held in memory on one node, the least recently used go first; 0 asks PostgreSQL at every request. @default 100_000 */
  maxSessions?: number
  /** Session rows a node reads at the same time; a request that needs one more is answered with 503. @default 1_000 */
  maxReads?: number
}

/** Options of the plugin. `Request` is Fastify's request type. */
export interface LiveSessionsOptions<Request = unknown> {
  /** Signs the tokens and the bus: a secret of at least 32 bytes, or a key pair; a list rotates (the first signs, all verify). */
  secret: SecretOption | readonly SecretOption[] | undefined
  /** PostgreSQL 13 or later: a URL, `{url, pool, schema}`, or a MikroORM instance that lists `liveSessionEntities`. */
  database: string | DatabaseOptions | MikroOrmLike | undefined
  /** Redis, for nodes to hear of each other at once: a URL, or an instance of ioredis 5 or 6 (`Redis` or `Cluster`), whose options are used. @default none: one node, or about a second between nodes */
  redis?: string | RedisLike | null | undefined
  /** Where the routes live. @default '/api' */
  prefix?: string
  /** Makes `POST /auth/login`. @default none: no such route; the app calls `sessions.open` itself */
  login?: LoginOptions<Request> | null
  /** Makes the admin routes. @default none: no such routes */
  admin?: AdminOptions<Request> | null

  /** The token's `iss`; other issuers' tokens are refused. @default 'fastify-live-sessions' */
  issuer?: string
  /** The token's `aud`; tokens for others are refused. @default 'fastify-live-sessions' */
  audience?: string
  /** A session ends this long after its login, whatever happens. In ms. @default 30 days */
  absoluteTimeoutMs?: number
  /** A session ends after this long without activity. In ms. @default 30 days */
  idleTimeoutMs?: number
  /** Activity is gathered in memory and written this often, in one statement. In ms. @default 10_000 */
  activityIntervalMs?: number

  /** Which other sessions a login ends: none, those on devices of the same type, or all; or a function of the login that says so. @default 'disabled' */
  preventConcurrentLogin?: PreventConcurrentLogin | RuleFunction<PreventConcurrentLogin>
  /** Sessions a user may have at once: a number, or a function of the login (its answer may count only the login's device type or client). @default null, no limit */
  maxSessions?: number | null | LimitFunction
  /** What a login beyond the limit does, or a function of the login that says so. @default 'evictOldest' */
  whenFull?: WhenFull | RuleFunction<WhenFull>
  /** A login from the same device (by its device id) ends that device's older session. @default true */
  replaceSameDevice?: boolean
  /** A login answers when the sessions that it ended are out on every node; off: at once. @default true */
  awaitEvictions?: boolean
  /** Ending other sessions needs a login, or another proof of who it is, within this time; or a function of the session that says how long. In ms. @default null, no such need */
  reauthenticateWithinMs?: number | null | StepUpFunction
  cleanup?: CleanupOptions

  /** The session cookie; the device's follows it. @default `__Host-session` with TLS in production, else `session-` and six characters of the app's own, without TLS; SameSite=Lax, this host, every path */
  cookie?: CookieOptions
  /** Whether a request that came in plain HTTP, and not from this machine, is refused a session (403). `'auto'`: in production, where Fastify's `trustProxy` is set. @default 'auto' */
  requireTls?: boolean | 'auto'
  /** Exact origins beside the app's own that may use the cookie or open a socket, e.g. `https://app.example.com`, `capacitor://localhost`. @default [] */
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
  /** How far a node's wall clock and PostgreSQL's may be apart until `health()` says so, and the node counts as not ready. Sessions end by PostgreSQL's clock in any case. In ms. @default 10_000 */
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

const SECOND = 1_000
const DAY = 86_400 * SECOND

export const DEFAULTS = {
  prefix: '/api',
  issuer: 'fastify-live-sessions',
  audience: 'fastify-live-sessions',
  absoluteTimeoutMs: 30 * DAY,
  idleTimeoutMs: 30 * DAY,
  activityIntervalMs: 10 * SECOND,
  preventConcurrentLogin: 'disabled' as PreventConcurrentLogin | RuleFunction<PreventConcurrentLogin>,
  maxSessions: null as number | null | LimitFunction,
  whenFull: 'evictOldest' as WhenFull | RuleFunction<WhenFull>,
  replaceSameDevice: true,
  awaitEvictions: true,
  reauthenticateWithinMs: null as number | null | StepUpFunction,
  requireTls: 'auto' as boolean | 'auto',
  allowedOrigins: [] as readonly string[],
  clearSiteData: ['cache'] as readonly string[] | false,
  leaseMs: 4 * SECOND,
  renewalMs: SECOND,
  maxClockDifferenceMs: 10 * SECOND,
  redisPrefix: 'live-sessions',
  migrate: true,
  queryTimeoutMs: 10 * SECOND
}

const CLEANUP_DEFAULTS: Required<CleanupOptions> = { enabled: true, periodMs: 3_600 * SECOND, inactiveMs: 30 * DAY, retentionMs: 90 * DAY }
const SOCKET_DEFAULTS: Required<SocketOptions> = { countsAsActivity: true, heartbeatMs: 25 * SECOND, maxPerSession: 16, maxFramesPerTenSeconds: 50 }
const CACHE_DEFAULTS: Required<CacheOptions> = { maxSessions: 100_000, maxReads: 1_000 }
const POOL_DEFAULTS = { min: 0, max: 10 }
const LOGIN_FAILURES_PER_MINUTE = 30
/** NIST 800-63B, 3.2.2: no more than 100 guesses at one account. */
const ACCOUNT_FAILURES_PER_HOUR = 100

export type ResolvedDatabase =
  | { orm: MikroOrmLike }
  | { url: string, pool: { min: number, max: number }, schema?: string }

export type ResolvedOptions<Request = unknown> = typeof DEFAULTS & {
  keys: Keys
  database: ResolvedDatabase
  redis?: string | RedisLike
  login?: ResolvedLogin<Request>
  admin?: AdminOptions<Request>
  cookie: ResolvedCookie
  socket: Required<SocketOptions>
  cleanup: Required<CleanupOptions>
  cache: Required<CacheOptions>
  migrationUrl?: string
}

const OPTIONS = [...Object.keys(DEFAULTS), 'secret', 'database', 'redis', 'login', 'admin', 'cookie', 'socket', 'cleanup', 'cache', 'migrationUrl']

/** Checks the options and fills in the defaults. Pure, but for `production`. Throws a coded error that names the option. */
export function resolveOptions<Request> (options: LiveSessionsOptions<Request>, { production }: { production: boolean }): ResolvedOptions<Request> {
  checkNames(null, options, OPTIONS)
  const { secret, database, redis, login, admin, cookie, socket, cleanup, cache, migrationUrl, ...plain } = options
  const app = { ...DEFAULTS, ...withoutUndefined(plain), keys: resolveKeys(secret), database: resolveDatabase(database) }
  const result: ResolvedOptions<Request> = {
    ...app,
    cookie: resolveCookie(cookie, { production, tag: appTag(app) }),
    socket: { ...SOCKET_DEFAULTS, ...readGroup('socket', socket, Object.keys(SOCKET_DEFAULTS)) },
    cleanup: { ...CLEANUP_DEFAULTS, ...readGroup('cleanup', cleanup, Object.keys(CLEANUP_DEFAULTS)) },
    cache: { ...CACHE_DEFAULTS, ...readGroup('cache', cache, Object.keys(CACHE_DEFAULTS)) }
  }
  const givenLogin = readGroup('login', login, ['verify', 'failuresPerMinute', 'accountFailuresPerHour', 'reauthenticate'])
  const givenAdmin = readGroup('admin', admin, ['authorize'])
  if (redis !== undefined && redis !== null) result.redis = checkRedis(redis)
  if (givenLogin !== undefined) result.login = { failuresPerMinute: LOGIN_FAILURES_PER_MINUTE, accountFailuresPerHour: givenLogin.failuresPerMinute === 0 ? 0 : ACCOUNT_FAILURES_PER_HOUR, ...givenLogin }
  if (givenAdmin !== undefined) result.admin = givenAdmin
  if (migrationUrl !== undefined) result.migrationUrl = checkPostgresUrl('migrationUrl', migrationUrl)
  check(result)
  return result
}

const DATABASE = 'a postgres:// URL, {url, pool, schema}, or a MikroORM instance'

function resolveDatabase (database: LiveSessionsOptions['database']): ResolvedDatabase {
  if (database === undefined || database === null || database === '') throw new DatabaseMissing()
  if (typeof database === 'string') {
    const url = checkPostgresUrl('database', database)
    return { url, pool: POOL_DEFAULTS, ...inSchema(schemaOf(url)) }
  }
  if (typeof database !== 'object' || Array.isArray(database) || database instanceof Promise) refuse('database', DATABASE, database)
  if (isOrm(database)) return { orm: database }
  if (Object.getPrototypeOf(database) !== Object.prototype && !('url' in database)) throw new OptionInvalid('database', `must be ${DATABASE} (of @mikro-orm/postgresql 6), not a ${(database as object).constructor.name}`)
  checkNames('database', database, ['url', 'pool', 'schema'])
  const { url, schema } = database
  if (url === undefined || url === null || url === '') throw new DatabaseMissing()
  const checked = checkPostgresUrl('database.url', url)
  const pool = { ...POOL_DEFAULTS, ...readGroup('database.pool', database.pool, Object.keys(POOL_DEFAULTS)) }
  checkNumber('database.pool.max', pool.max, 1, 10_000)
  checkNumber('database.pool.min', pool.min, 0, pool.max)
  if (schema !== undefined) checkText('database.schema', schema)
  return { url: checked, pool, ...inSchema(schema ?? schemaOf(checked)) }
}

/** Version 7's looks alike, but gives no Knex. */
function isOrm (database: MikroOrmLike | DatabaseOptions): database is MikroOrmLike {
  return 'em' in database && typeof (database.em as { getKnex?: unknown } | undefined)?.getKnex === 'function'
}

/** `?schema=auth` in the URL, as other libraries write it. */
function schemaOf (url: string): string | undefined {
  return new URL(url).searchParams.get('schema') ?? undefined
}

function inSchema (schema: string | undefined): { schema?: string } {
  return schema === undefined || schema === '' ? {} : { schema }
}

const REDIS = 'a URL like redis://host:6379 (with TLS: rediss://), or an ioredis instance'

function checkRedis (redis: string | RedisLike): string | RedisLike {
  if (typeof redis === 'string') {
    // A socket's path is one, too.
    if (!/^(rediss?:\/\/|\/)/.test(redis)) throw new OptionInvalid('redis', `must be ${REDIS}${schemeIn(redis)}`)
    if (!redis.startsWith('/') && !URL.canParse(redis)) throw new OptionInvalid('redis', `must be ${REDIS}; this one can't be read: in a password, signs like @ : / # % are written %40 %3A %2F %23 %25`)
    return redis
  }
  if (typeof redis !== 'object' || typeof redis.duplicate !== 'function') refuse('redis', REDIS, redis)
  // Others have `duplicate`, too.
  if (typeof (redis as { status?: unknown }).status !== 'string') throw new OptionInvalid('redis', `must be ${REDIS}, not a client of another library`)
  return redis
}

function check (options: ResolvedOptions<never>): void {
  checkTimes(options)
  checkGroups(options)
  if (typeof options.preventConcurrentLogin !== 'function') checkOneOf('preventConcurrentLogin', options.preventConcurrentLogin, PREVENT_CONCURRENT_LOGIN, ' or a function that gives one of them')
  if (typeof options.whenFull !== 'function') checkOneOf('whenFull', options.whenFull, WHEN_FULL, ' or a function that gives one of them')
  if (options.maxSessions !== null && typeof options.maxSessions !== 'function') checkNumber('maxSessions', options.maxSessions, 1, 1_000_000, ', null for no limit, or a function that gives one')
  for (const name of ['replaceSameDevice', 'awaitEvictions', 'migrate'] as const) checkBoolean(name, options[name])
  for (const name of ['issuer', 'audience', 'redisPrefix'] as const) checkText(name, options[name])
  if (typeof options.prefix !== 'string' || !/^\/[\w\-/]*$|^$/.test(options.prefix) || options.prefix.endsWith('/')) refuse('prefix', 'a path like "/api", without a slash at its end, or "" (with parameters, as in "/:tenant/api", it is the prefix of a scope: app.register(scope, { prefix: "/:tenant" }))', options.prefix)
  if (options.requireTls !== 'auto') checkBoolean('requireTls', options.requireTls, ' or "auto"')
  checkOrigins(options.allowedOrigins)
  checkClearSiteData(options.clearSiteData)
  checkCallbacks(options)
}

function checkTimes (options: ResolvedOptions<never>): void {
  const timers = ['activityIntervalMs', 'leaseMs', 'renewalMs', 'queryTimeoutMs'] as const
  const durations = ['absoluteTimeoutMs', 'idleTimeoutMs', 'maxClockDifferenceMs'] as const
  for (const name of [...timers, ...durations]) checkNumber(name, options[name], 1, Number.MAX_SAFE_INTEGER)
  for (const name of timers) checkNumber(name, options[name], 1, MAX_TIMER_MS)
  if (options.reauthenticateWithinMs !== null && typeof options.reauthenticateWithinMs !== 'function') checkNumber('reauthenticateWithinMs', options.reauthenticateWithinMs, 1, Number.MAX_SAFE_INTEGER, ', null for never, or a function that gives one')
  if (options.renewalMs * 3 > options.leaseMs) throw new OptionInvalid('renewalMs', `must be at most a third of leaseMs (${options.leaseMs}), not ${options.renewalMs}: one late renewal would end the lease`)
}

function checkGroups ({ socket, cleanup, cache }: ResolvedOptions<never>): void {
  checkBoolean('socket.countsAsActivity', socket.countsAsActivity)
  checkNumber('socket.heartbeatMs', socket.heartbeatMs, 1, MAX_TIMER_MS)
  checkNumber('socket.maxPerSession', socket.maxPerSession, 1, 1_000_000)
  checkNumber('socket.maxFramesPerTenSeconds', socket.maxFramesPerTenSeconds, 1, 1_000_000)
  checkBoolean('cleanup.enabled', cleanup.enabled)
  checkNumber('cleanup.periodMs', cleanup.periodMs, 1, MAX_TIMER_MS)
  checkNumber('cleanup.inactiveMs', cleanup.inactiveMs, 1, Number.MAX_SAFE_INTEGER)
  checkNumber('cleanup.retentionMs', cleanup.retentionMs, 1, Number.MAX_SAFE_INTEGER)
  checkNumber('cache.maxSessions', cache.maxSessions, 0, 10_000_000)
  checkNumber('cache.maxReads', cache.maxReads, 1, 1_000_000)
}

/** Where no web page comes from: an app's web view or an extension, whose platform writes its origin as it likes. */
const APP_ORIGIN = /^(?!(?:https?|wss?|ftp|file|blob|data|about|javascript):)[a-z][a-z0-9+.-]*:\/\/[^\s/\\@?#*]+$/

function isOrigin (origin: unknown): boolean {
  if (typeof origin !== 'string') return false
  return APP_ORIGIN.test(origin) || (URL.canParse(origin) && new URL(origin).origin === origin)
}

function checkOrigins (origins: readonly string[]): void {
  if (!Array.isArray(origins)) refuse('allowedOrigins', 'a list of origins like ["https://app.example.com"]', origins)
  for (const origin of origins as readonly string[]) {
    if (!isOrigin(origin)) throw new OptionInvalid('allowedOrigins', `has ${inWords(origin)}; an origin looks like https://app.example.com, without a path, or like capacitor://localhost`)
  }
}

/** They go into a header, in quotes. */
function checkClearSiteData (types: readonly string[] | false): void {
  const isType = (type: unknown): boolean => typeof type === 'string' && /^(?:\*|[\w-]+)$/.test(type)
  if (types !== false && !(Array.isArray(types) && types.every(isType))) refuse('clearSiteData', 'a list of types like ["cache"], or false', types)
}

function checkCallbacks ({ login, admin }: ResolvedOptions<never>): void {
  if (login !== undefined) {
    checkFunction('login.verify', login.verify, 'that checks the password and returns {id, claims?} or null')
    checkNumber('login.failuresPerMinute', login.failuresPerMinute, 0, 1_000_000)
    checkNumber('login.accountFailuresPerHour', login.accountFailuresPerHour, 0, 1_000_000)
  }
  if (login?.reauthenticate !== undefined) checkFunction('login.reauthenticate', login.reauthenticate, 'that checks the password again and returns true or false')
  if (admin !== undefined) checkFunction('admin.authorize', admin.authorize, 'from the request to true or false')
}
