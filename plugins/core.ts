/** Where the instances meet: makes them, introduces them to each other, and starts and ends them in order. Knows no request. */
import { createAdmission } from '../src/admission/admission.ts'
import { atMost } from '../src/at-most.ts'
import type { AskApp } from '../src/callbacks.ts'
import { systemClock as clock, type Clock } from '../src/clock.ts'
import { inBatches } from '../src/in-batches.ts'
import type { ResolvedOptions } from '../src/options.ts'
import { createGate } from '../src/push/gate.ts'
import { createSessionSignals } from '../src/push/session-signals.ts'
import { keepActive, watchIdle } from '../src/push/socket-life.ts'
import { createSocketRegistry } from '../src/push/socket-registry.ts'
import type { Bus } from '../src/revocation/bus.ts'
import { Confirmation } from '../src/revocation/confirmation.ts'
import { createDatabaseClock } from '../src/revocation/database-clock.ts'
import { createInProcessHub } from '../src/revocation/in-process-bus.ts'
import { graceOf } from '../src/revocation/lease.ts'
import { createNodeRegistry } from '../src/revocation/node-registry.ts'
import { createNotifiedCounts } from '../src/revocation/notified-counts.ts'
import { RedisBus } from '../src/revocation/redis-bus.ts'
import { Renewal } from '../src/revocation/renewal.ts'
import { createSeparateConnection } from '../src/revocation/separate-connection.ts'
import { createActivity } from '../src/session/activity.ts'
import { createAdminStore } from '../src/session/admin-store.ts'
import { createAdministration } from '../src/session/administration.ts'
import { createAnnouncements } from '../src/session/announcements.ts'
import { createCleanup, scheduleCleanup } from '../src/session/cleanup.ts'
import { createConfirmedEnds } from '../src/session/confirmed-ends.ts'
import type { Database } from '../src/session/database.ts'
import { createEnding } from '../src/session/ending.ts'
import { createEndsOf } from '../src/session/ends-of.ts'
import { createLogin } from '../src/session/login.ts'
import { createRules } from '../src/session/login-rules.ts'
import { createSessionEmitter } from '../src/session/session-events.ts'
import { createSessionManager } from '../src/session/session-manager.ts'
import type { EndedSession } from '../src/session/ended-session.ts'
import { createSessionStore, type Receipt } from '../src/session/session-store.ts'
import { createStored } from '../src/session/stored.ts'
import { createUserQueue } from '../src/session/user-queue.ts'
import type { LinkLog } from './link-log.ts'
import type { Tokens } from './tokens.ts'

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
/** A logout's answer is still on its way when its receipt comes in, and goes first. In ms. */
const RECEIPTS_GATHERED_MS = 5
const MAX_RECEIPTS = 1_000

export type Core = ReturnType<typeof createCore>

export function createCore ({ options, database, tokens, askApp, links, onError }: CoreOptions) {
  const { schema, sql } = database
  const { idleTimeoutMs, absoluteTimeoutMs, leaseMs, renewalMs, activityIntervalMs } = options
  const graceMs = graceOf(leaseMs)
  const databaseClock = createDatabaseClock(clock)
  /** By which sessions end: timers of this node, and the database's time. */
  const sessionClock: Clock = { ...clock, now: databaseClock.now }

  // What is stored. Activity of other nodes may be two batch intervals old before it shows in a row.
  const idleAllowanceMs = idleTimeoutMs + 2 * activityIntervalMs
  const store = createSessionStore({ schema, idleAllowanceMs })
  const find = (id: string): ReturnType<typeof store.find> => store.find(sql, id)
  const stored = createStored(onError)
  const activity = createActivity({ write: (batch) => store.touch(sql, batch), intervalMs: activityIntervalMs, clock, onError })
  const events = createSessionEmitter(onError)

  // Who is told.
  const receipts = inBatches(async (batch: readonly Receipt[]) => {
    await store.markDelivered(sql, batch)
    return []
  }, MAX_RECEIPTS, () => new Promise((resolve) => { clock.setTimer(resolve, RECEIPTS_GATHERED_MS) }))
  const sockets = createSocketRegistry({
    clock: sessionClock,
    onReceipt: (sessionId, eventId) => { receipts.add({ sessionId, eventId }).catch(onError) },
    life: options.socket.countsAsActivity
      ? keepActive({ activity, clock, everyMs: Math.min(options.socket.heartbeatMs, idleTimeoutMs / 3) })
      : watchIdle({ clock: sessionClock, allowanceMs: idleAllowanceMs, find, endIdle, onError })
  })
  const endsOf = createEndsOf({ ask: (ids) => store.endsOf(sql, ids), endIdle })
  const gate = createGate({ endsOf, onError })
  const signals = createSessionSignals({ clock: sessionClock, endsOf, onError })
  const announce = createAnnouncements({ watched: sockets.watched, changed: sockets.changed, events })
  const notified = createNotifiedCounts()
  const confirmedEnds = createConfirmedEnds(clock)

  /** The one place where this node learns of revocations: memory and running reads, signals, sockets. */
  function apply (ended: readonly EndedSession[]): void {
    admission.end(ended)
    signals.end(ended)
    for (const session of ended) notified.add(session.xid, sockets.logout(session))
    announce(ended)
  }

  /** Many may find the same session idle at once: one statement ends it for all of them. */
  const endingIdle = new Map<string, Promise<boolean>>()
  function endIdle (id: string): Promise<boolean> {
    const running = endingIdle.get(id)
    if (running !== undefined) return running
    const ending = store.endIdle(sql, id).then((ended) => {
      apply(ended)
      return ended.length > 0
    }).finally(() => { endingIdle.delete(id) })
    endingIdle.set(id, ending)
    return ending
  }

  // Who may pass.
  const admission = createAdmission({
    verifyToken: tokens.verify,
    find,
    endIdle,
    leased: (monotonic) => renewal.leased(monotonic),
    clock,
    databaseClock,
    idleTimeoutMs,
    maxSessions: options.cache.maxSessions,
    maxReads: options.cache.maxReads,
    onError
  })

  // How the nodes hear of each other.
  const separate = database.separateConnection === null ? null : createSeparateConnection({ config: database.separateConnection, timeoutMs: leaseMs })
  const registry = createNodeRegistry({ renewal: separate?.sql ?? sql, sql, schema })
  const bus = createBus(options, links)
  const renewal = new Renewal({
    registry,
    clock,
    databaseClock,
    leaseMs,
    renewalMs,
    graceMs,
    apply,
    changed (changes) {
      links.renewed()
      sockets.changed(new Set(changes.map(({ userId }) => userId)))
      for (const { type, sessionId } of changes) {
        if (sessionId !== null) (type === 'renamed' ? admission.refresh : admission.opened)(sessionId)
      }
    },
    reset () {
      admission.reset()
      confirmedEnds.clear()
      void gate.checkAll(sockets.all())
      void signals.checkAll()
    },
    onError: links.renewalFailed
  })
  const confirmation = new Confirmation({ registry, renewal, bus, clock, graceMs, apply, notified, onError })

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
    clock: sessionClock,
    databaseClock,

    /** The bus listens first: what it says before the first renewal is in that renewal. */
    async start (): Promise<void> {
      await bus.start({
        wake: (wake) => { confirmation.onWake(wake) },
        ack: (ack) => { confirmation.onAck(ack) },
        // What goes wrong with a renewal it says itself.
        resumed: () => { renewal.renew().catch(() => {}) }
      })
      await renewal.start()
    },

    /** No new work: sockets are told to connect elsewhere, and whoever waits for a confirmation that there will be none. */
    stop (): void {
      stopped = true
      sockets.close()
      confirmation.close()
    },

    /** Writes what is left, and says goodbye to the other nodes: nobody has to wait for this one. */
    async close (): Promise<void> {
      await atMost(clock, GOODBYE_MS, Promise.all([schedule?.close(), activity.close()]))
      await bus.close()
      await renewal.close()
      await atMost(clock, GOODBYE_MS, separate?.close())
    }
  }
}

function createBus ({ redis, redisPrefix, keys, renewalMs }: ResolvedOptions<never>, links: LinkLog): Bus {
  if (redis === undefined) return createInProcessHub().join()
  return new RedisBus({ redis, prefix: redisPrefix, keys: keys.bus, beaconMs: renewalMs, clock, onLink: links.redis })
}
