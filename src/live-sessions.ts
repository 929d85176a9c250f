/** Live sessions on PostgreSQL and Redis: a node bound to both, and the use cases over it. Knows no request. */
import { addressRuleOf } from './address.ts'
import type { AskApp } from './app/callbacks.ts'
import { settledWithin } from './async/settled-within.ts'
import { systemClock as clock } from './clock.ts'
import type { Database } from './database/database.ts'
import { createNode, idleAllowanceOf, type NodePorts } from './node.ts'
import { createAssess } from './notices/assess.ts'
import { isSent, type Notices } from './notices/notices.ts'
import type { Places } from './notices/places.ts'
import { createReport } from './notices/report.ts'
import { NOTICE_EVENTS } from './options/notify.ts'
import type { ResolvedOptions } from './options/defaults.ts'
import type { Bus } from './revocation/bus.ts'
import { createInProcessHub } from './revocation/in-process-bus.ts'
import { createNodeRegistry } from './revocation/node-registry.ts'
import { RedisBus, type RedisBusOptions } from './revocation/redis-bus.ts'
import { scheduleCleanup } from './session/cleanup.ts'
import type { TokenContent } from './session/login-request.ts'
import { createRules } from './session/login-rules.ts'
import { createSessionEmitter } from './session/session-events.ts'
import { createQueries, createStore } from './session/store/store.ts'
import { createUseCases } from './session/use-cases.ts'

export interface LiveSessionsPorts {
  options: ResolvedOptions<never>
  database: Database
  tokens: { sign: (content: TokenContent) => string, verify: NodePorts['verifyToken'] }
  askApp: AskApp
  /** Where addresses are. */
  places: Places
  /** Null: nothing is sent. */
  notices?: Notices | null
  /** Lost servers are said once, and not with each thing that fails for it. */
  links: {
    redis: RedisBusOptions['onLink'],
    renewed: NodePorts['onRenewed'],
    renewalFailed: NodePorts['onRenewalError']
  }
  onError: (error: unknown) => void
}

/** How long the end of a node waits for what PostgreSQL does not answer, each time, in ms. */
const SHUTDOWN_TIMEOUT_MS = 1_000

export type LiveSessions = ReturnType<typeof createLiveSessions>

/** Connects to Redis at once; `start` rejects where the first renewal fails. */
export function createLiveSessions (
  { options, database, tokens, askApp, places, notices = null, links, onError }: LiveSessionsPorts
) {
  const { schema, sql, renewalSql } = database
  const { leaseMs, renewalMs, activityIntervalMs, cleanup, addresses } = options
  const addressRule = addressRuleOf(addresses.precision)
  const idleAllowanceMs = idleAllowanceOf(options)
  const events = createSessionEmitter(onError)
  const bus = createBus(options, links.redis)
  const node = createNode({
    clock,
    // A node says itself what fails; the use cases' store says it, and answers 503.
    store: createQueries(sql, {
      schema,
      idleAllowanceMs,
      addressRule,
      locate: options.geoip === null ? undefined : (ip) => places.of(ip).location
    }),
    registry: createNodeRegistry({ renewal: renewalSql, sql, schema }),
    bus,
    verifyToken: tokens.verify,
    events,
    settings: {
      ...options.cache,
      leaseMs,
      renewalMs,
      idleTimeoutMs: options.idleTimeoutMs,
      activityIntervalMs,
      heartbeatMs: options.socket.heartbeatMs,
      socketsCount: options.socket.countsAsActivity
    },
    onRenewed: links.renewed,
    onRenewalError: links.renewalFailed,
    onError
  })

  const noting = notices === null
    ? null
    : {
        kinds: NOTICE_EVENTS.filter((kind) => isSent(notices.notify, kind)),
        maxPerDay: notices.notify.maxPerDay,
        noted: notices.outbox.wake
      }

  let stopped = false
  const store = createStore({ database, idleAllowanceMs, addressRule, onError })
  const useCases = createUseCases({
    ...options,
    ...node.forUseCases,
    store,
    noting,
    rulesOf: createRules(options, askApp),
    addressRule,
    assess: createAssess({
      ...options,
      places,
      addressRule,
      noticed: options.risk !== null || options.notify !== null,
      askApp,
      clock
    }),
    signToken: tokens.sign,
    events,
    clock,
    closing: () => stopped,
    inactiveMs: cleanup.inactiveMs + 2 * activityIntervalMs,
    retentionMs: cleanup.retentionMs,
    addressRetentionMs: addresses.retentionMs,
    onError
  })
  const schedule = cleanup.enabled
    ? scheduleCleanup({ cleanup: useCases.cleanup, periodMs: cleanup.periodMs, clock, random: Math.random, onError })
    : null

  return {
    ...useCases,
    node,
    events,
    bus,
    sql,
    /** What the link in a notice may do; null: no notice is sent. */
    report: notices === null
      ? null
      : createReport({ ...notices, store, ending: useCases.ending, linkMs: notices.notify.linkMs }),

    async start (): Promise<void> {
      await node.start()
      notices?.outbox.start()
    },

    /** No new work: whoever waits is told so, and what is under way comes to its end. */
    stop (): void {
      stopped = true
      node.stop()
    },

    /** Writes what is left, and says goodbye to the other nodes: nobody has to wait for this one. */
    async close (): Promise<void> {
      await Promise.all([settledWithin(clock, SHUTDOWN_TIMEOUT_MS, schedule?.close()), node.close(), notices?.close()])
    }
  }
}

function createBus (
  { redis, redisPrefix, keys, renewalMs }: ResolvedOptions<never>,
  onLink: RedisBusOptions['onLink']
): Bus {
  if (redis === undefined) return createInProcessHub().join()
  return new RedisBus({ redis, prefix: redisPrefix, keys: keys.bus, beaconMs: renewalMs, clock, onLink })
}
