/** An app with the plugin on a free port, over a database of the test's own, closed with the test. */
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import type { Test } from 'tap'
import liveSessions, { type LiveSessionsOptions } from '../../plugins/index.ts'
import { createDatabase, type TestDatabase } from './database.ts'

export const SECRET = 'a secret of the tests, long enough for HS256'
export const PASSWORD = 'correct horse battery staple'

export interface BuildOptions {
  /** Options of the plugin, over the test's own. */
  options?: Partial<LiveSessionsOptions>
  /** Options of Fastify. */
  server?: FastifyServerOptions
  /** Another app's database: two apps over one are a cluster. */
  database?: TestDatabase
  /** @default a free one */
  port?: number
  /** Runs before the plugin is registered. */
  before?: (app: FastifyInstance) => void | Promise<void>
  /** Runs after it was registered, before it listens. */
  after?: (app: FastifyInstance) => void | Promise<void>
}

export interface TestApp {
  app: FastifyInstance
  /** `http://127.0.0.1:<port>` */
  address: string
  database: TestDatabase
}

/** Any e-mail address logs in with {@link PASSWORD}; its user id is the address. */
export async function buildApp (t: Test, { options = {}, server = {}, database, port = 0, before, after }: BuildOptions = {}): Promise<TestApp> {
  const db = database ?? await createDatabase(t)
  const app = Fastify({ logger: { level: 'silent' }, ...server })
  t.teardown(async () => { await app.close() })
  await before?.(app)
  await app.register(liveSessions, {
    secret: SECRET,
    database: { url: db.url, pool: { min: 0, max: 5 } },
    migrate: false,
    // By itself it is another one for each app, outside production.
    ...(process.env['NODE_ENV'] === 'production' ? {} : { cookie: { name: 'session' } }),
    login: { verify: ({ body }) => body.password === PASSWORD ? { id: body.email } : null },
    ...options
  })
  await after?.(app)
  return { app, address: await app.listen({ port, host: '127.0.0.1' }), database: db }
}
