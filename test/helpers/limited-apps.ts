/** Several apps over one database, in the test's own process: each has its own memory, lease and pool, as a node has. */
import type { Test } from 'tap'
import type { LiveSessionsOptions } from '../../plugins/index.ts'
import { buildApp, SECRET, type TestApp } from './app.ts'
import { createDatabase, type TestDatabase } from './database.ts'
import { randomPrefix, redisUrl } from './redis.ts'

export interface Apps {
  apps: TestApp[]
  database: TestDatabase
  /** Where a request of this number goes: round and round. */
  addressOf: (index: number) => string
}

export interface AppsOptions {
  options?: Partial<LiveSessionsOptions>
  /** Whether they share a Redis. @default true */
  redis?: boolean
}

export async function buildApps (t: Test, count: number, { options = {}, redis = true }: AppsOptions = {}): Promise<Apps> {
  const database = await createDatabase(t)
  const shared: Partial<LiveSessionsOptions> = {
    secret: SECRET,
    database: { url: database.url, pool: { min: 0, max: 3 } },
    redisPrefix: randomPrefix(),
    // A storm of logins waits its turn; on a slow machine for longer than the default allows.
    queryTimeoutMs: 120_000,
    ...(redis ? { redis: await redisUrl() } : {}),
    ...options
  }
  const apps = await Promise.all(Array.from({ length: count }, () => buildApp(t, { database, options: shared })))
  return { apps, database, addressOf: (index) => (apps[index % count] as TestApp).address }
}
