/** One node of the cluster under test: the plugin, a guarded route, and what the driver does to it. */
import { setTimeout as delay } from 'node:timers/promises'
import { shiftWallClock } from './wall-clock.ts'
import Fastify from 'fastify'
import liveSessions, { requireSession, type LiveSessionsOptions } from '../../../plugins/index.ts'
import type { FromNode, NodeSettings, ToNode } from './node-messages.ts'

const settings = JSON.parse(process.env['NODE_SETTINGS'] ?? '') as NodeSettings

/** For bundle-start.js, which keeps what V8 has compiled by then. */
export const started = start()

async function start (): Promise<void> {
  // Warnings go to stderr, which the driver shows when a node ends unasked.
  const app = Fastify({ logger: { level: 'warn', stream: process.stderr } })
  const options: LiveSessionsOptions = {
    secret: settings.secret,
    database: settings.database,
    redis: settings.redis ?? undefined,
    redisPrefix: settings.redisPrefix,
    migrate: false,
    leaseMs: settings.leaseMs,
    renewalMs: settings.renewalMs,
    queryTimeoutMs: settings.queryTimeoutMs,
    login: {
      failuresPerMinute: 0,
      async verify ({ body }) {
        say({ kind: 'verifying', email: body.email })
        await delay(Number(body['delayMs'] ?? 0))
        return { id: body.email }
      }
    }
  }
  await app.register(liveSessions, options)

  app.get('/me', { onRequest: requireSession }, (_request, reply) => { reply.send('ok') })
  app.get('/health', async () => await app.sessions.health())
  app.post('/revoke/:id', async (request) => {
    const { id } = request.params as { id: string }
    return await app.sessions.revoke(id, { reason: 'revoked_by_admin', by: 'admin' })
  })
  app.post('/disable/:userId', async (request) => {
    const { userId } = request.params as { userId: string }
    return await app.sessions.revokeUser(userId, { reason: 'account_disabled', by: 'admin' })
  })

  process.on('message', (message: ToNode) => {
    if (message.kind === 'shift') shiftWallClock(message.ms)
    else block(message.ms)
  })
  process.once('SIGTERM', () => {
    // Nothing else: the process has to end by itself.
    app.close().finally(() => { process.disconnect() })
  })
  // The driver is gone.
  process.on('disconnect', () => { setTimeout(() => { process.exit(1) }, 10_000).unref() })

  await app.listen({ host: '127.0.0.1', port: 0 })
  say({ kind: 'ready', port: (app.server.address() as { port: number }).port })
}

function say (message: FromNode): void {
  process.send?.(message)
}

function block (ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}
