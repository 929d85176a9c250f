/** From the options as they are given to what the plugin works with: checked, with the defaults filled in. */
import type { MikroOrmLike, RedisLike } from '../app/instances.ts'
import { DatabaseMissing, OptionInvalid } from '../errors.ts'
import { resolveAddresses } from './addresses.ts'
import { appTag } from './app-tag.ts'
import { check } from './checks.ts'
import { resolveCookie } from './cookie.ts'
import {
  ACCOUNT_FAILURES_PER_HOUR, CACHE_DEFAULTS, CLEANUP_DEFAULTS, DEFAULTS, LOGIN_FAILURES_PER_MINUTE, POOL_DEFAULTS,
  SOCKET_DEFAULTS, type ResolvedDatabase, type ResolvedOptions
} from './defaults.ts'
import { resolveGeoip } from './geoip.ts'
import { resolveNotify } from './notify.ts'
import { resolveRisk } from './risk.ts'
import { resolveKeys } from './keys.ts'
import type { DatabaseOptions, LiveSessionsOptions } from './options.ts'
import { databaseNumberSlip, redisUrlSlip } from './server-urls.ts'
import {
  checkNames,
  checkNumber,
  checkPostgresUrl,
  checkText,
  readGroup,
  rejectOption,
  schemeIn,
  withoutUndefined
} from './values.ts'

const OPTIONS = [
  ...Object.keys(DEFAULTS),
  'secret',
  'database',
  'redis',
  'login',
  'admin',
  'cookie',
  'socket',
  'cleanup',
  'addresses',
  'cache',
  'migrationUrl',
  'notify',
  'geoip',
  'risk'
]

/**
 * Checks the options and fills in the defaults. Pure, but for `production`. Throws a coded error that names the option.
 */
export function resolveOptions<Request> (
  options: LiveSessionsOptions<Request>,
  { production }: { production: boolean }
): ResolvedOptions<Request> {
  checkNames(null, options, OPTIONS)
  const {
    secret,
    database,
    redis,
    login,
    admin,
    cookie,
    socket,
    cleanup,
    addresses,
    cache,
    migrationUrl,
    notify,
    geoip,
    risk,
    ...plain
  } = options
  const app = {
    ...DEFAULTS,
    ...withoutUndefined(plain),
    keys: resolveKeys(secret),
    database: resolveDatabase(database)
  }
  const result: ResolvedOptions<Request> = {
    ...app,
    notify: resolveNotify(notify),
    geoip: resolveGeoip(geoip),
    risk: resolveRisk(risk),
    cookie: resolveCookie(cookie, { production, tag: appTag(app) }),
    socket: { ...SOCKET_DEFAULTS, ...readGroup('socket', socket, Object.keys(SOCKET_DEFAULTS)) },
    cleanup: { ...CLEANUP_DEFAULTS, ...readGroup('cleanup', cleanup, Object.keys(CLEANUP_DEFAULTS)) },
    addresses: resolveAddresses(addresses),
    cache: { ...CACHE_DEFAULTS, ...readGroup('cache', cache, Object.keys(CACHE_DEFAULTS)) }
  }
  const givenLogin = readGroup('login', login, [
    'verify',
    'failuresPerMinute',
    'accountFailuresPerHour',
    'reauthenticate'
  ])
  const givenAdmin = readGroup('admin', admin, ['authorize'])
  if (redis !== undefined && redis !== null) result.redis = checkRedis(redis)
  if (givenLogin !== undefined) {
    result.login = {
      failuresPerMinute: LOGIN_FAILURES_PER_MINUTE,
      accountFailuresPerHour: givenLogin.failuresPerMinute === 0 ? 0 : ACCOUNT_FAILURES_PER_HOUR,
      ...givenLogin
    }
  }
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
  if (typeof database !== 'object' || Array.isArray(database) || database instanceof Promise) {
    rejectOption('database', DATABASE, database)
  }
  if (isOrm(database)) return { orm: database }
  if (Object.getPrototypeOf(database) !== Object.prototype && !('url' in database)) {
    throw new OptionInvalid(
      'database',
      `must be ${DATABASE} (of @mikro-orm/postgresql 6), not a ${(database as object).constructor.name}`
    )
  }
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
    refuseRedis(redisUrlSlip(redis))
    return redis
  }
  if (typeof redis !== 'object' || typeof redis.duplicate !== 'function') rejectOption('redis', REDIS, redis)
  // Others have `duplicate`, too.
  if (typeof (redis as { status?: unknown }).status !== 'string') {
    throw new OptionInvalid('redis', `must be ${REDIS}, not a client of another library`)
  }
  refuseRedis(databaseNumberSlip((redis as { options?: { db?: unknown } }).options?.db))
  return redis
}

function refuseRedis (slip: string | null): void {
  if (slip !== null) throw new OptionInvalid('redis', `must be ${REDIS}; ${slip}`)
}
