/** The package's entry. It loads little: the plugin itself, with its database and its routes, comes in when it is registered. */
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { LiveSessionsOptions } from './index.ts'
import type { MigrateOptions } from '../src/session/migrate.ts'

export type * from './index.ts'
export { liveSessionEntities } from '../src/session/entities.ts'
export { requireSession, sessionOf } from './guards.ts'
export { requireRecentAuthentication } from './recent-authentication.ts'

/**
 * Runs the migrations that are missing and says their names; brings back what somebody has dropped. Nodes that start together wait
 * for each other. Rejects with a coded error (`SESSION_DATABASE_…`) that names place and remedy.
 */
export async function migrate (options: MigrateOptions): Promise<string[]> {
  const { migrate } = await import('../src/session/migrate.ts')
  return await migrate(options)
}

async function liveSessions (app: FastifyInstance, options: LiveSessionsOptions): Promise<void> {
  const { default: plugin } = await import('./index.ts')
  await plugin(app, options)
}

// Older ones have known holes; see test/dependencies.test.ts.
export default fp(liveSessions, { name: 'fastify-live-sessions', fastify: '^5.12.5' })
