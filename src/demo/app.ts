/** The demo's app: an ordinary Fastify app that uses the package as anybody would. */
import Fastify, { type FastifyInstance } from 'fastify'
import liveSessions, { requireSession } from 'fastify-live-sessions'
import { ADMIN_ID } from './accounts.ts'
import { adminSettings } from './admin-settings.ts'
import type { DemoConfig } from './config.ts'
import { health } from './health.ts'
import { pages } from './pages.ts'
import { people } from './people.ts'
import { pluginOptions, routePrefix, type Resources } from './plugin-options.ts'
import { frameworkError, notFound } from './router-answers.ts'

const MAX_BODY_BYTES = 64 * 1024
/** As long as a whole URL may be: what is too long for an id is one that does not exist. */
const MAX_PARAM_LENGTH = 16 * 1024
const START_TIMEOUT_MS = 30_000
const REQUEST_TIMEOUT_MS = 30_000

export async function buildApp (config: DemoConfig, resources: Resources): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({
    frameworkErrors: frameworkError,
    logger: { level: config.logLevel },
    trustProxy: config.trustProxy.length > 0 ? config.trustProxy : false,
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    pluginTimeout: START_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS
  })
  const prefix = routePrefix(config)

  app.setNotFoundHandler(notFound)

  await app.register(liveSessions, pluginOptions(config, resources, () => app.listeningOrigin))
  // What SESSION_OPTIONS say is not the administrator's to switch.
  if (!('preventConcurrentLogin' in config.sessionOptions)) {
    await app.register(adminSettings, { prefix, settings: resources.settings })
  }
  await app.register(people, { prefix, accounts: resources.accounts })
  await app.register(health)
  await app.register(pages, { apiPrefix: prefix, openLogin: config.openLogin })

  app.get(`${prefix}/me`, { onRequest: requireSession }, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    const userId = request.session?.userId ?? ''
    return { user: { ...resources.accounts.find(userId), admin: userId === ADMIN_ID }, session: request.session }
  })
  return app
}
