/**
 * The package's entry. It loads little: the plugin itself, with its database and its routes, comes in when it is
 * registered.
 */
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { LiveSessionsOptions } from './package-types.ts'
import type { MigrateOptions } from '../src/database/migrate.ts'

export type * from './package-types.ts'
export { liveSessionEntities } from '../src/database/entities/index.ts'
export { requireConfirmedSession } from './auth/confirmed-session.ts'
export { requireSession, sessionOf } from './auth/guards.ts'
export { requireRecentAuthentication } from './auth/recent-authentication.ts'

/**
 * Runs the migrations that are missing and says their names; brings back what somebody has dropped. Nodes that start
 * together wait for each other. Rejects with a coded error (`SESSION_DATABASE_…`) that names place and remedy.
 */
export async function migrate (options: MigrateOptions): Promise<string[]> {
  const { migrate } = await import('../src/database/migrate.ts')
  return await migrate(options)
}

async function liveSessions (app: FastifyInstance, options: LiveSessionsOptions): Promise<void> {
  const { default: plugin } = await import('./index.ts')
  await plugin(app, options)
}

// Older ones have known holes; see test/dependencies.test.ts.
const plugin: (app: FastifyInstance, options: LiveSessionsOptions) => Promise<void> =
  fp(liveSessions, { name: 'fastify-live-sessions', fastify: '^5.12.5' })
export default plugin
