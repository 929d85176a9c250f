/** A cluster of real processes: nodes of the demo over one database, and one Redis where it is given. */
import type { Test } from 'tap'
import { startDemo, type DemoNode } from './demo-process.ts'
import { SECRET } from './app.ts'
import { createDatabase, type TestDatabase } from './database.ts'
import { randomPrefix, redisUrl } from './redis.ts'

export interface Cluster {
  nodes: [DemoNode, DemoNode, ...DemoNode[]]
  database: TestDatabase
}

export interface StartNodesOptions {
  /** A URL; null for none. @default the Redis that all tests share */
  redis?: string | null
  /** Options of the plugin, as SESSION_OPTIONS carries them. */
  options?: Record<string, unknown>
  env?: Record<string, string>
}

/** Any e-mail address logs in with the demo's password; its user id is the address. */
export async function startNodes (t: Test, count: number, { redis, options = {}, env = {} }: StartNodesOptions = {}): Promise<Cluster> {
  const database = await createDatabase(t)
  const url = redis === undefined ? await redisUrl() : redis
  const sessionOptions = JSON.stringify({ redisPrefix: randomPrefix(), ...options })
  const nodes = await Promise.all(Array.from({ length: count }, () => startDemo(t, {
    DATABASE_URL: database.url,
    ...(url === null ? {} : { REDIS_URL: url }),
    JWT_SECRET: SECRET,
    DEMO_OPEN_LOGIN: '1',
    SESSION_OPTIONS: sessionOptions,
    ...env
  })))
  return { nodes: nodes as Cluster['nodes'], database }
}
