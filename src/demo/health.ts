/** What a load balancer asks: is the process alive, and should it get requests? */
import type { FastifyInstance } from 'fastify'

export async function health (app: FastifyInstance): Promise<void> {
  const quiet = { logLevel: 'warn' } as const

  app.get('/health/live', quiet, async (_request, reply) => {
    reply.header('cache-control', 'no-store')
    return { status: 'ok' }
  })

  // Without a bus revocations still arrive, only slower: the node stays ready.
  app.get('/health/ready', quiet, async (_request, reply) => {
    const parts = await app.sessions.health()
    reply.header('cache-control', 'no-store').code(parts.database && parts.lease && parts.clock ? 200 : 503)
    return { database: parts.database, bus: parts.bus, lease: parts.lease, clock: parts.clock }
  })
}
