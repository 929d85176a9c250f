/** The defaults of all options, and what the options are once they are resolved: nothing is left out any more. */
import type { MikroOrmLike, RedisLike } from '../app/instances.ts'
import type { ResolvedAddresses } from './addresses.ts'
import type { ResolvedCookie } from './cookie.ts'
import type { ResolvedGeoip } from './geoip.ts'
import type { ResolvedNotify } from './notify.ts'
import type { Keys } from './keys.ts'
import type { ResolvedRisk } from './risk.ts'
import type {
  AdminOptions,
  CacheOptions,
  CleanupOptions,
  LimitFunction,
  LoginOptions,
  PreventConcurrentLogin,
  RuleFunction,
  SocketOptions,
  StepUpFunction,
  WhenFull
} from './options.ts'

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
  knownDevicesMs: 400 * DAY,
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

export const CLEANUP_DEFAULTS: Required<CleanupOptions> = {
  enabled: true,
  periodMs: 3_600 * SECOND,
  inactiveMs: 30 * DAY,
  retentionMs: 90 * DAY
}
export const SOCKET_DEFAULTS: Required<SocketOptions> = {
  countsAsActivity: true,
  heartbeatMs: 25 * SECOND,
  maxPerSession: 16,
  maxFramesPerTenSeconds: 50
}
export const CACHE_DEFAULTS: Required<CacheOptions> = { maxSessions: 100_000, maxReads: 1_000 }
export const POOL_DEFAULTS = { min: 0, max: 10 }
export const LOGIN_FAILURES_PER_MINUTE = 30
/** NIST 800-63B, 3.2.2: no more than 100 guesses at one account. */
export const ACCOUNT_FAILURES_PER_HOUR = 100

export type ResolvedLogin<Request> =
  & LoginOptions<Request>
  & Required<Pick<LoginOptions<Request>, 'failuresPerMinute' | 'accountFailuresPerHour'>>

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
  addresses: ResolvedAddresses
  cache: Required<CacheOptions>
  /** Null: no places. */
  geoip: ResolvedGeoip | null
  /** Null: logins are not judged. */
  risk: ResolvedRisk | null
  migrationUrl?: string
  /** Null: no notices. */
  notify: ResolvedNotify | null
}
