/** Redis for a test: the shared one with a prefix of its own, or a private one that may be stopped, killed and paused. */
import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { startRedisServer } from './redis-server.ts'
import { findServices } from './services.ts'
import type { PrivateServer } from './private-server.ts'

/** The Redis that all tests share. Keep apart by {@link randomPrefix}. */
export async function redisUrl (): Promise<string> {
  return (await findServices()).redis.url
}

/** A `redisPrefix` that no other test has. */
export function randomPrefix (): string {
  return `test-${randomUUID()}`
}

/** A Redis of the test's own, gone at its end. Null, and the test is skipped, where no binary is on the machine. */
export async function startRedis (t: Test): Promise<PrivateServer | null> {
  const server = await startRedisServer()
  if (server === null) t.pass('a Redis of its own', { skip: 'no redis-server binary on this machine' })
  else t.teardown(server.remove)
  return server
}
