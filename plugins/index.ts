/** The package's entry: resolves the options, makes the instances, introduces them to each other, and registers the plugins in order. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createAdmission } from '../src/admission/admission.ts'
import { systemClock } from '../src/clock.ts'
import { resolveOptions, type LiveSessionsOptions as Options, type ResolvedOptions } from '../src/options.ts'
import { createGate } from '../src/push/gate.ts'
import { createSessionSignals } from '../src/push/session-signals.ts'
import { createSocketRegistry } from '../src/push/socket-registry.ts'
import type { Bus } from '../src/revocation/bus.ts'
import { Confirmation } from '../src/revocation/confirmation.ts'
import { createInProcessHub } from '../src/revocation/in-process-bus.ts'
import { graceOf } from '../src/revocation/lease.ts'
import { createNodeRegistry } from '../src/revocation/node-registry.ts'
import { createNotifiedCounts } from '../src/revocation/notified-counts.ts'
import { RedisBus } from '../src/revocation/redis-bus.ts'
import { Renewal } from '../src/revocation/renewal.ts'
import { createSeparateConnection } from '../src/revocation/separate-connection.ts'
import { createActivity } from '../src/session/activity.ts'
import { createAnnouncements } from '../src/session/announcements.ts'
import { openDatabase } from '../src/session/database.ts'
import { createEnding } from '../src/session/ending.ts'
import { createLogin } from '../src/session/login.ts'
import { migrate } from '../src/session/migrate.ts'
import { createSessionEmitter } from '../src/session/session-events.ts'
import { createSessionManager } from '../src/session/session-manager.ts'
import { createSessionStore, type EndedSession } from '../src/session/session-store.ts'
import { createStored } from '../src/session/stored.ts'
import { endOf } from '../src/session-row.ts'
import { authRoutes } from './auth-routes.ts'
import { authentication } from './authentication.ts'
import { createHealth } from './health.ts'
import { prepareRouteScope } from './route-scope.ts'
import { sessionRoutes } from './session-routes.ts'
import { createSessionsApi } from './sessions-api.ts'
import { socketRoute } from './socket-route.ts'
import { createTokens } from './tokens.ts'
import { prepareWebSockets } from './web-sockets.ts'

export type LiveSessionsOptions = Options<FastifyRequest>
export type { DatabaseOptions, LoginAttempt, LoginIdentity } from '../src/options.ts'
export type { KeyPair, NamedSecret, SecretOption, SharedSecret } from '../src/keys.ts'
export type * from '../src/protocol.ts'
export type { SessionView } from '../src/admission/session-record.ts'
export type { OpenedSession } from '../src/session/login.ts'
export type { SessionEvents } from '../src/session/session-events.ts'
export type { EndOptions, Health, OpenOptions, SessionsApi } from './sessions-api.ts'
export { liveSessionEntities } from '../src/session/entities.ts'
export { migrate, type MigrateOptions } from '../src/session/migrate.ts'
export { requireSession } from './guards.ts'

async function liveSessions (app: FastifyInstance, given: LiveSessionsOptions): Promise<void> {
  const options = resolveOptions(given, { production: process.env.NODE_ENV === 'production' })
  const clock = systemClock
  const onError = (err: unknown): void => { app.log.warn({ err }, 'live-sessions') }

  if (options.migrate) await runMigrations(app, options)
  const database = await openDatabase({ database: options.database, queryTimeoutMs: options.queryTimeoutMs })
  app.addHook('onClose', database.close)
  const separate = database.separateConnection === null
    ? null
    : createSeparateConnection({ config: database.separateConnection, timeoutMs: options.leaseMs })
  if (separate !== null) app.addHook('onClose', separate.close)

  const { schema, sql } = database
  // Activity of other nodes may be two batch intervals old before it shows in the row.
  const store = createSessionStore({ schema, idleAllowanceMs: options.idleTimeoutMs + 2 * options.activityIntervalMs })
  const registry = createNodeRegistry({ renewal: separate?.sql ?? sql, sql, schema })
  const tokens = await createTokens(app, { keys: options.keys.tokens, issuer: options.issuer, audience: options.audience })
  const events = createSessionEmitter(onError)
  const notified = createNotifiedCounts()
  const bus = createBus(options, onError)

  const find = (id: string): ReturnType<typeof store.find> => store.find(sql, id)
  const sockets = createSocketRegistry({
    clock,
    onReceipt: (sessionId, eventId) => { store.markDelivered(sql, sessionId, eventId).catch(onError) }
  })
  const gate = createGate({ find, findEnd: (id) => store.findEnd(sql, id), onError })
  const admission = createAdmission({
    verifyToken: tokens.verify,
    find,
    endIdle: async (id) => {
      const ended = await store.endIdle(sql, id)
      apply(ended)
      return ended.length > 0
    },
    leased: () => renewal.leased(),
    clock,
    idleTimeoutMs: options.idleTimeoutMs,
    ...options.cache,
    onError
  })

  const signals = createSessionSignals({
    clock,
    endOf: async (id) => {
      const row = await find(id)
      return row === null ? 'policy' : endOf(row)
    },
    onError
  })
  const announce = createAnnouncements({ changed: sockets.changed, events })

  /** The one place where this node learns of revocations: memory, running reads, sockets. */
  function apply (ended: readonly EndedSession[]): void {
    admission.end(ended)
    signals.end(ended)
    for (const session of ended) notified.add(session.xid, sockets.logout(session))
    announce(ended)
  }

  const renewal = new Renewal({
    registry,
    clock,
    leaseMs: options.leaseMs,
    renewalMs: options.renewalMs,
    graceMs: graceOf(options.leaseMs),
    apply,
    changed: sockets.changed,
    reset () {
      admission.reset()
      for (const entry of sockets.all()) void gate.check(entry)
    },
    onError
  })
  const confirmation = new Confirmation({ registry, renewal, bus, clock, graceMs: graceOf(options.leaseMs), apply, notified, onError })
  const stored = createStored(onError)
  const ending = createEnding({ database, store, stored, confirm: (ended, seen) => confirmation.confirm(ended, seen), renew: () => renewal.renew() })
  const changed = (userId: string): void => { sockets.changed([userId]) }
  const { maxSessions } = options
  const login = createLogin({
    database,
    store,
    stored,
    ending,
    rules: {
      preventConcurrentLogin: options.preventConcurrentLogin,
      limitOf: typeof maxSessions === 'function' ? maxSessions : () => maxSessions,
      whenFull: options.whenFull,
      replaceSameDevice: options.replaceSameDevice,
      awaitEvictions: options.awaitEvictions
    },
    signToken: tokens.sign,
    changed,
    events,
    absoluteTimeoutMs: options.absoluteTimeoutMs,
    idleTimeoutMs: options.idleTimeoutMs,
    onError
  })
  const manager = createSessionManager({ database, store, stored, login, ending, changed, idleTimeoutMs: options.idleTimeoutMs, retentionMs: options.cleanup.retentionMs })
  const activity = createActivity({ write: (batch) => store.touch(sql, batch), intervalMs: options.activityIntervalMs, clock, onError })

  // Closed in this order: last registered, first closed.
  app.addHook('onClose', async () => { await renewal.close() })
  app.addHook('onClose', async () => { await bus.close() })
  app.addHook('onClose', async () => { await activity.close() })
  app.addHook('preClose', async () => {
    sockets.close()
    confirmation.close()
  })

  await bus.start({
    wake: (wake) => { confirmation.onWake(wake) },
    ack: (ack) => { confirmation.onAck(ack) },
    resumed: () => { renewal.renew().catch(onError) }
  })
  await renewal.start()

  const allowedOrigins = new Set(options.allowedOrigins)
  await app.register(authentication, { admission, activity, cursor: () => renewal.cursor, cookie: options.cookie, allowedOrigins, idleTimeoutMs: options.idleTimeoutMs })
  app.decorate('sessions', createSessionsApi({ manager, ending, store, sockets, signals, gate, events, leased: () => renewal.leased(), health: createHealth({ sql, bus, renewal }) }))
  await app.register(async (scope) => {
    prepareRouteScope(scope)
    await scope.register(authRoutes, { manager, login: options.login, allowedOrigins, clearSiteData: options.clearSiteData })
    await scope.register(sessionRoutes, { manager, idleTimeoutMs: options.idleTimeoutMs })
    await prepareWebSockets(app, scope, `${scope.prefix}/sessions/socket`)
    await scope.register(socketRoute, { sockets, gate, admission, clock, limits: options.socket, allowedOrigins })
  }, { prefix: options.prefix })
}

async function runMigrations (app: FastifyInstance, { database, migrationUrl }: ResolvedOptions<FastifyRequest>): Promise<void> {
  const url = migrationUrl ?? ('url' in database ? database.url : database.orm.config.getClientUrl())
  const schema = 'url' in database ? database.schema : database.orm.config.get('schema')
  const done = await migrate({ url, ...(schema === undefined ? {} : { schema }) })
  if (done.length > 0) app.log.info({ migrations: done }, 'live-sessions: migrated')
}

function createBus ({ redis, redisPrefix, keys, renewalMs }: ResolvedOptions<FastifyRequest>, onError: (error: unknown) => void): Bus {
  if (redis === undefined) return createInProcessHub().join()
  return new RedisBus({ redis, prefix: redisPrefix, keys: keys.bus, beaconMs: renewalMs, clock: systemClock, onError })
}

export default fp(liveSessions, { name: 'fastify-live-sessions', fastify: '5.x' })
