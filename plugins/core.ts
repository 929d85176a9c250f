/** The plugin's node, its ports bound to PostgreSQL and Redis, and the use cases over it. Knows no request. */
import { atMost } from '../src/async/settled-within.ts'
import type { AskApp } from '../src/app/callbacks.ts'
import { systemClock as clock } from '../src/clock.ts'
import { boundStore, createNode, idleAllowanceOf } from '../src/node.ts'
import type { ResolvedOptions } from '../src/options/options.ts'
import type { Bus } from '../src/revocation/bus.ts'
import { createInProcessHub } from '../src/revocation/in-process-bus.ts'
import { createNodeRegistry } from '../src/revocation/node-registry.ts'
import { RedisBus } from '../src/revocation/redis-bus.ts'
import { createSeparateConnection } from '../src/database/separate-connection.ts'
import { createAdminStore } from '../src/session/store/administration.ts'
import { createAdministration } from '../src/session/administration.ts'
import { createCleanup, scheduleCleanup } from '../src/session/cleanup.ts'
import type { Database } from '../src/database/database.ts'
import { createEnding } from '../src/session/ending.ts'
import { createLogin } from '../src/session/login.ts'
import { createRules } from '../src/session/login-rules.ts'
import { createSessionEmitter } from '../src/session/session-events.ts'
import { createSessionManager } from '../src/session/session-manager.ts'
import { createSessionStore } from '../src/session/store/sessions.ts'
import { createStored } from '../src/database/stored.ts'
import { createUserQueue } from '../src/session/user-queue.ts'
import type { LinkLog } from './lifecycle/link-log.ts'
import type { Tokens } from './auth/tokens.ts'

export interface CoreOptions {
  options: ResolvedOptions<never>
  database: Database
  tokens: Tokens
  askApp: AskApp
  /** Lost servers are said once, and not with each thing that fails for it. */
  links: LinkLog
  onError: (error: unknown) => void
}

/** How long the end of a node waits for what PostgreSQL does not answer, each time, in ms. */
const GOODBYE_MS = 1_000

export type Core = ReturnType<typeof createCore>

export function createCore ({ options, database, tokens, askApp, links, onError }: CoreOptions) {
  const { schema, sql } = database
  const { idleTimeoutMs, absoluteTimeoutMs, leaseMs, renewalMs, activityIntervalMs } = options

  const idleAllowanceMs = idleAllowanceOf(options)
  const store = createSessionStore({ schema, idleAllowanceMs })
  const stored = createStored(onError)
  const events = createSessionEmitter(onError)
  const separate = database.separateConnection === null ? null : createSeparateConnection({ config: database.separateConnection, timeoutMs: leaseMs })
  const bus = createBus(options, links)
  const node = createNode({
    clock,
    store: boundStore(store, sql),
    registry: createNodeRegistry({ renewal: separate?.sql ?? sql, sql, schema }),
    bus,
    verifyToken: tokens.verify,
    events,
    settings: {
      leaseMs,
      renewalMs,
      idleTimeoutMs,
      activityIntervalMs,
      heartbeatMs: options.socket.heartbeatMs,
      socketsCount: options.socket.countsAsActivity,
      ...options.cache
    },
    onRenewed: links.renewed,
    onRenewalError: links.renewalFailed,
    onError
  })
  const { activity, sockets, gate, signals, admission, renewal, confirmation, confirmedEnds, apply, databaseClock } = node

  // The use cases.
  let stopped = false
  const changed = (userId: string): void => { sockets.changed([userId]) }
  const ending = createEnding({ database, store, stored, confirm: (ended, seen) => confirmation.confirm(ended, seen), renew: () => renewal.renew() })
  const login = createLogin({
    database,
    store,
    stored,
    ending,
    rulesOf: createRules(options, askApp),
    awaitEvictions: options.awaitEvictions,
    signToken: tokens.sign,
    changed,
    events,
    absoluteTimeoutMs,
    idleTimeoutMs,
    clock,
    // Whoever waits has not even begun: it may take longer than one statement.
    maxWaitMs: 3 * options.queryTimeoutMs,
    onError
  })
  const lists = createUserQueue({ clock, maxWaitMs: options.queryTimeoutMs })
  const manager = createSessionManager({ database, store, stored, login, ending, lists, changed, refresh: admission.refresh, confirmedEnds, now: databaseClock.now, idleTimeoutMs, retentionMs: options.cleanup.retentionMs })
  const administration = createAdministration({ database, store: createAdminStore({ schema, idleAllowanceMs }, store), credentials: store, stored, ending, closing: () => stopped, idleTimeoutMs })
  const cleanup = createCleanup({ database, store, apply, inactiveMs: options.cleanup.inactiveMs + 2 * activityIntervalMs, retentionMs: options.cleanup.retentionMs })
  const schedule = options.cleanup.enabled
    ? scheduleCleanup({ cleanup, periodMs: options.cleanup.periodMs, clock, random: Math.random, onReport: () => {}, onError })
    : null

  return {
    sql,
    store,
    stored,
    activity,
    events,
    sockets,
    gate,
    signals,
    admission,
    bus,
    renewal,
    ending,
    manager,
    administration,
    lists,
    cleanup,
    clock: node.clock,
    databaseClock,

    async start (): Promise<void> {
      await node.listen()
      await renewal.start()
    },

    stop (): void {
      stopped = true
      node.stop()
    },

    /** Writes what is left, and says goodbye to the other nodes: nobody has to wait for this one. */
    async close (): Promise<void> {
      await atMost(clock, GOODBYE_MS, Promise.all([schedule?.close(), activity.close()]))
      await node.close()
      await atMost(clock, GOODBYE_MS, separate?.close())
    }
  }
}

function createBus ({ redis, redisPrefix, keys, renewalMs }: ResolvedOptions<never>, links: LinkLog): Bus {
  if (redis === undefined) return createInProcessHub().join()
  return new RedisBus({ redis, prefix: redisPrefix, keys: keys.bus, beaconMs: renewalMs, clock, onLink: links.redis })
}
