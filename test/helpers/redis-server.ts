/** Redis from the machine's own binary, and whether a URL leads to one that tests can use. */
import { Redis } from 'ioredis'
import { findProgram, startPrivateServer, type PrivateServer } from './private-server.ts'

const CONNECT_WITHIN_MS = 3_000

/** Null when it answers, else what is in the way. Never rejects. */
export async function explainUnusableRedis (url: string): Promise<string | null> {
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    connectTimeout: CONNECT_WITHIN_MS,
    commandTimeout: CONNECT_WITHIN_MS
  })
  let cause: Error | undefined
  // ioredis rejects with "Connection is closed."; the reason comes as an event.
  redis.on('error', (error: Error) => { cause = error })
  try {
    await redis.connect()
    await redis.ping()
    return null
  } catch (error) {
    return cause?.message ?? (error instanceof Error ? error.message : String(error))
  } finally {
    redis.disconnect()
  }
}

/** Starts one; null when its binary is not on this machine. It ends with the process `owner`. */
export async function startRedisServer (owner?: number): Promise<PrivateServer | null> {
  const command = findProgram('redis-server') ?? findProgram('valkey-server')
  if (command === null) return null
  return await startPrivateServer({
    name: 'redis',
    command,
    arguments: ({ folder, port }) => ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'],
    url: (port) => `redis://127.0.0.1:${port}`,
    answers: async (url) => await explainUnusableRedis(url) === null,
    stopSignal: 'SIGTERM'
  }, owner)
}
