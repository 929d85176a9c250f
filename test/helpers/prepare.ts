/** An app that has not registered the plugin yet, for tests of when and where it does. */
import Fastify, { type FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { LiveSessionsOptions } from '../../plugins/index.ts'
import { PASSWORD, SECRET } from './app.ts'
import { createDatabase } from './database.ts'

export interface Prepared {
  app: FastifyInstance
  options: LiveSessionsOptions
  listen: () => Promise<string>
}

export async function prepare (t: Test): Promise<Prepared> {
  const { url } = await createDatabase(t)
  const app = Fastify({ logger: { level: 'silent' } })
  t.teardown(async () => { await app.close() })
  return {
    app,
    options: {
      secret: SECRET,
      database: { url, pool: { min: 0, max: 3 } },
      migrate: false,
      login: { verify: ({ body }) => body.password === PASSWORD ? { id: body.email } : null }
    },
    listen: async () => await app.listen({ port: 0, host: '127.0.0.1' })
  }
}
