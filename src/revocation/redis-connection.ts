/**
 * A connection of ours to Redis: from a URL, or a copy of the app's own client, `Redis` or `Cluster`, of ioredis 5 or
 * 6.
 */
import { Redis, type ClusterOptions, type RedisOptions } from 'ioredis'
import type { RedisLike } from '../app/instances.ts'

/** What both kinds have of what we need. */
export type RedisConnection = Pick<
  Redis,
  'connect' | 'disconnect' | 'publish' | 'subscribe' | 'on' | 'once' | 'emit' | 'status'
>

/** What ioredis has beside its types; a cluster tells by its nodes. */
interface Instance {
  options: RedisOptions & ClusterOptions
  startupNodes?: unknown[]
  duplicate:
    & ((options: RedisOptions) => RedisConnection)
    & ((nodes: never[], options: ClusterOptions) => RedisConnection)
}

const CONNECT_TIMEOUT_MS = 2_000
const MAX_RECONNECT_DELAY_MS = 500

const retryStrategy = (times: number): number => Math.min(times * 50, MAX_RECONNECT_DELAY_MS)
const BOTH: RedisOptions = { lazyConnect: true, connectTimeout: CONNECT_TIMEOUT_MS, retryStrategy }

export function openRedis (redis: string | RedisLike, options: RedisOptions): RedisConnection {
  const all = { ...BOTH, ...options }
  if (typeof redis === 'string') return new Redis(redis, all)
  const instance = redis as unknown as Instance
  if (instance.startupNodes === undefined) return instance.duplicate(all)
  const { enableOfflineQueue = true } = options
  return instance.duplicate([], {
    lazyConnect: true,
    enableOfflineQueue,
    clusterRetryStrategy: retryStrategy,
    redisOptions: { ...instance.options.redisOptions, connectTimeout: CONNECT_TIMEOUT_MS }
  })
}

/** `host:port`, or a socket's path; never the password. */
export function redisAddress (redis: string | RedisLike): string {
  if (typeof redis === 'string') {
    if (redis.startsWith('/')) return redis
    const { hostname, port } = new URL(redis)
    return `${hostname}:${port === '' ? '6379' : port}`
  }
  const { options, startupNodes } = redis as unknown as Instance
  const nodes = startupNodes?.map((node) => {
    if (typeof node === 'number') return `127.0.0.1:${node}`
    if (typeof node === 'string') return URL.canParse(node) ? redisAddress(node) : node
    const { host = '127.0.0.1', port = 6379 } = node as { host?: string, port?: number }
    return `${host}:${port}`
  })
  return nodes?.join(', ') ?? options.path ?? `${options.host ?? 'localhost'}:${options.port ?? 6379}`
}

export function speaksTls (redis: string | RedisLike): boolean {
  if (typeof redis === 'string') return redis.startsWith('rediss:')
  const { options } = redis as unknown as Instance
  return (options.tls ?? options.redisOptions?.tls) !== undefined
}
