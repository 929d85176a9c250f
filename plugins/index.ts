/**
 * The plugin: resolves the options, opens the database, and registers the plugins in order. Long, because it says once
 * who is handed what.
 */
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { normalizeAddress } from '../src/address.ts'
import { settledWithin } from '../src/async/settled-within.ts'
import { createAskApp } from '../src/app/callbacks.ts'
import { systemClock } from '../src/clock.ts'
import { isSentBelow } from '../src/options/cookie.ts'
import { createDeviceIds } from '../src/device/device-id.ts'
import { SessionNotFound } from '../src/errors.ts'
import { createLiveSessions, type LiveSessions } from '../src/live-sessions.ts'
import { openPlaces } from '../src/notices/places.ts'
import { openNotices } from '../src/notices/notices.ts'
import { resolveOptions } from '../src/options/resolve.ts'
import { schemaOf, unknownTables } from '../src/database/app-connection.ts'
import { openDatabase } from '../src/database/database.ts'
import type { StartSource } from '../src/database/start-connection.ts'
import { startDatabase, whileStarting } from '../src/database/start.ts'
import { adminRoutes } from './routes/admin.ts'
import { authRoutes } from './routes/auth.ts'
import { authentication, requirePlace } from './auth/authentication.ts'
import { createCallbackReports, warnDeveloper } from './lifecycle/callback-reports.ts'
import { createClosing, type Closing } from './lifecycle/closing.ts'
import { createBrowserSession } from './cookies/browser-session.ts'
import { createDuplicateCookies } from './cookies/duplicate-cookies.ts'
import { createDeviceCookie } from './cookies/device-cookie.ts'
import { createHealth } from './api/health.ts'
import { inScope } from './in-scope.ts'
import { watchIdleConnections } from './lifecycle/idle-connections.ts'
import { createNoticeReports } from './lifecycle/notice-reports.ts'
import { createLinkLog } from './lifecycle/link-log.ts'
import { describeRoutes } from './routes/openapi.ts'
import { prepareRouteScope } from './routes/scope.ts'
import { createSessionCookie, decorateReplies } from './cookies/session-cookie.ts'
import { reportRoutes } from './routes/report.ts'
import { sessionRoutes } from './routes/sessions.ts'
import { createSessionsApi } from './api/sessions-api.ts'
import { socketRoute } from './socket/route.ts'
import { createStartTime } from './lifecycle/start-time.ts'
import { createSessionOpening } from './auth/open-session.ts'
import { kRecentAuthentication } from './auth/recent-authentication.ts'
import { createStepUp, createStepUpWithin } from './auth/step-up.ts'
import { createTlsRule } from './auth/tls.ts'
import { createTokens } from './auth/tokens.ts'
import { createWatchDelivery } from './api/undelivered.ts'
import { prepareWebSockets } from './socket/web-sockets.ts'
import type { LiveSessionsOptions } from './package-types.ts'

export type * from './package-types.ts'
export { migrate } from '../src/database/migrate.ts'
export { requireConfirmedSession } from './auth/confirmed-session.ts'
export { requireSession, sessionOf } from './auth/guards.ts'
export { requireRecentAuthentication } from './auth/recent-authentication.ts'

type AppOrm = Extract<StartSource, { orm: unknown }>

/** A pool waits for its statements, which may never end. */
const DATABASE_GOODBYE_MS = 1_000

async function liveSessions (app: FastifyInstance, given: LiveSessionsOptions): Promise<void> {
  const closing = createClosing(app)
  try {
    await start(app, given, closing)
  } catch (error) {
    // Not waited for: Fastify gives a start only so much time, and its error would hide this one.
    void closing.begin()
    throw error
  }
}

async function start (app: FastifyInstance, given: LiveSessionsOptions, closing: Closing): Promise<void> {
  // before the database is opened, which may fail for a reason of its own
  requirePlace(app)
  const production = process.env.NODE_ENV === 'production'
  const options = resolveOptions(given, { production })
  const onError = (err: unknown): void => {
    app.log.warn({ err }, `live-sessions: ${err instanceof Error ? err.message : String(err)}`)
  }

  const time = createStartTime(app.initialConfig.pluginTimeout, systemClock)
  const { schema, migrated, address, client } = await startDatabase({
    source: options.database as StartSource,
    schema: 'url' in options.database ? options.database.schema : schemaOf((options.database as AppOrm).orm),
    migrate: options.migrate,
    migrationUrl: options.migrationUrl,
    ...time
  })
  const database = await openDatabase({
    database: options.database,
    queryTimeoutMs: options.queryTimeoutMs,
    schema,
    renewalTimeoutMs: options.leaseMs,
    renewalClient: client
  })
  closing.add(() => settledWithin(systemClock, DATABASE_GOODBYE_MS, database.close()))
  if (migrated.length > 0) {
    app.log.info({ migrations: migrated }, `live-sessions: the tables in the schema "${schema}" are up to date`)
  }
  const unknown = 'url' in options.database ? [] : unknownTables((options.database as AppOrm).orm)
  if (unknown.length > 0) {
    warnDeveloper(app.log, 'SESSION_ENTITIES_MISSING',
      `live-sessions: the MikroORM instance in option "database" does not know our tables ${unknown.join(', ')}: ` +
      'the app\'s next schema update or migration diff may drop them. Remedy: entities: [...liveSessionEntities, …], ' +
      'or schemaGenerator: { skipTables: [/^live_session/] }')
  }
  const { issuer, audience } = options
  const tokens = await createTokens(app, { keys: options.keys.tokens, issuer, audience })
  const links = createLinkLog({ log: app.log, address, schema, renewalMs: options.renewalMs, leaseMs: options.leaseMs })
  const reports = createCallbackReports(app.log)
  const askApp = createAskApp(reports.failed)
  const routesPath = `${app.prefix}${options.prefix}`
  const { notify } = options
  const notices = notify === null || (notify.mail === null && notify.send === null)
    ? null
    : await openNotices({
      ...createNoticeReports(app.log, () => live.events),
      notify,
      keys: options.keys,
      sql: database.sql,
      schema,
      routesPath,
      askApp,
      clock: systemClock,
      retentionMs: options.cleanup.enabled ? options.cleanup.retentionMs : null,
      onError
    })
  const places = await openPlaces({
    geoip: options.geoip,
    clock: systemClock,
    onWarning: (message, err) => { app.log.warn({ err }, `live-sessions: ${message}`) }
  })
  closing.add(async () => { places.close() })
  const live: LiveSessions = createLiveSessions({ options, database, tokens, askApp, places, notices, links, onError })
  const closeIdleConnections = watchIdleConnections(app)
  app.addHook('preClose', async () => {
    live.stop()
    closeIdleConnections()
  })
  closing.add(live.close)
  await whileStarting({ address, schema, withinMs: time.restMs() }, live.start())

  const { manager, administration, node } = live
  const { sockets, recheck, admission, clock, lease, renewal, activity, databaseClock } = node
  const { idleTimeoutMs } = options
  const stepUpWithin = createStepUpWithin(options.reauthenticateWithinMs, askApp)
  const stepUp = createStepUp(manager, stepUpWithin)
  const allowedOrigins = new Set(options.allowedOrigins)
  const lacksTls = createTlsRule(options.requireTls, production)
  const duplicates = createDuplicateCookies(options.cookie, routesPath)
  const cookieName = options.cookie.name
  await app.register(authentication, {
    admission,
    activity,
    lease,
    renewal,
    cookieName,
    allowedOrigins,
    lacksTls,
    duplicates,
    idleTimeoutMs
  })
  const device = createDeviceCookie(cookieName, createDeviceIds(options.keys.device))
  if (production && !cookieName.startsWith('__Host-')) {
    app.log.warn(`live-sessions: the cookie "${cookieName}" does not begin with __Host-: another host of the domain, ` +
      'or a plain HTTP answer, can set one of that name. Leave out cookie.name, or begin it with __Host-')
  }
  const browserSession = createBrowserSession(cookieName, tokens.verify)
  // What stands for a parameter may be the cookie's.
  if (!routesPath.includes(':') && !isSentBelow(options.cookie.path, `${routesPath}/`)) {
    app.log.warn(`live-sessions: cookie.path is "${options.cookie.path}", and the plugin's own routes are below ` +
      `"${routesPath}": no browser sends them the cookie, unless a proxy changes the path. ` +
      'Choose a cookie.path that holds both, or another prefix')
  }
  const cookie = createSessionCookie({
    cookie: options.cookie,
    duplicates,
    device,
    browserSession,
    replaced: ({ id, userId }, { ip }) => {
      // An old cookie's session may be gone, row and all.
      const ended = manager.revoke(id, { userId, reason: 'replaced', by: 'system', ip: normalizeAddress(ip) })
      ended.catch((error: unknown) => { if (!(error instanceof SessionNotFound)) onError(error) })
    },
    now: databaseClock.now
  })
  decorateReplies(app, cookie)
  const watchDelivery = createWatchDelivery(manager.discard)
  const opening = createSessionOpening({ manager, device, browserSession, lacksTls, watchDelivery })
  const health = createHealth({ ...live, ...node, maxClockDifferenceMs: options.maxClockDifferenceMs })
  const { reportMisuse } = reports
  const api = createSessionsApi({ ...live, ...node, health, cookieName, opening, stepUpWithin, reportMisuse })
  app.decorate('sessions', api)
  app.decorate(kRecentAuthentication, manager.requireRecentAuthentication)
  await app.register(inScope<FastifyPluginAsync>('routes', async (scope) => {
    prepareRouteScope(scope, { failed: reports.failed, takeBackCookie: cookie.takeBack })
    describeRoutes(scope, cookieName)
    await scope.register(authRoutes, {
      manager,
      login: options.login,
      openSession: reportMisuse(opening.open),
      cookie,
      device,
      askApp,
      stepUpWithin: options.reauthenticateWithinMs === null ? null : stepUpWithin,
      allowedOrigins,
      lacksTls,
      clearSiteData: options.clearSiteData
    })
    await scope.register(sessionRoutes, { manager, stepUp, now: databaseClock.now, idleTimeoutMs })
    if (notices !== null && live.report !== null) {
      await scope.register(reportRoutes, { notices, report: live.report, onError })
    }
    if (options.admin !== undefined) {
      const { admin } = options
      const lists = live.listQueue
      await scope.register(adminRoutes, { admin, askApp, administration, lists, admission, manager, stepUp })
    }
    const webSockets = await prepareWebSockets(app, scope)
    const limits = options.socket
    await scope.register(socketRoute, { sockets, recheck, admission, clock, limits, allowedOrigins, webSockets })
  }), { prefix: options.prefix })
}

// Older ones have known holes; see test/dependencies.test.ts.
export default fp(liveSessions, { name: 'fastify-live-sessions', fastify: '^5.12.5' })
