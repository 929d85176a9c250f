/** Where the nodes' bus is, and what signs on it. */
import type { KeyObject } from 'node:crypto'
import { resolveKeys } from '../options/keys.ts'
import { DEFAULTS } from '../options/defaults.ts'
import { redisUrlSlip } from '../options/server-urls.ts'
import type { OptionSpecs } from './command.ts'
import { Misuse } from './failures.ts'

export const redisOptions = {
  redis: {
    type: 'string',
    value: '<redis>',
    env: 'REDIS_URL',
    description: "The address of the nodes' Redis, like redis://host:6379"
  },
  'redis-prefix': {
    type: 'string',
    value: '<text>',
    description: `The nodes' option redisPrefix. Default: ${DEFAULTS.redisPrefix}`
  },
  secret: {
    type: 'string',
    value: '<text>',
    env: 'JWT_SECRET',
    description:
      "The nodes' secret. With it and Redis the nodes confirm within milliseconds. Prefer the variable: command lines are visible to others"
  }
} as const satisfies OptionSpecs

export interface RedisValues {
  redis: string | undefined
  'redis-prefix': string | undefined
  secret: string | undefined
}

/** Null: nobody can be woken. */
export function checkedRedis (
  { redis, secret, 'redis-prefix': prefix = DEFAULTS.redisPrefix }: RedisValues
): { redis: string, prefix: string, keys: readonly [KeyObject, ...KeyObject[]] } | null {
  const like = 'give --redis (or REDIS_URL) like redis://host:6379'
  if (redis !== undefined && !/^rediss?:\/\//.test(redis)) throw new Misuse(like)
  const slip = redis === undefined ? null : redisUrlSlip(redis)
  if (slip !== null) throw new Misuse(`${like}; ${slip}`)
  if (redis === undefined || secret === undefined) return null
  try {
    return { redis, prefix, keys: resolveKeys(secret).bus }
  } catch (error) {
    throw new Misuse(`--secret (or JWT_SECRET): ${(error as Error).message}`)
  }
}
