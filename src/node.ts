/**
 * One node, made from ports: what lets requests pass, holds sockets, and hears of revocations. Long, because it says
 * once who is handed what.
 */
import { createAdmission, type AdmissionOptions } from './admission/admission.ts'
import { createRunningReads } from './admission/running-reads.ts'
import type { Clock } from './clock.ts'
import { createBatcher } from './async/batcher.ts'
import { settledWithin } from './async/settled-within.ts'
import { createLiveNotices } from './notices/live-notices.ts'
import { createSocketRecheck } from './push/socket-recheck.ts'
import { createSessionSignals } from './push/session-signals.ts'
import { keepActive, watchIdle } from './push/socket-life.ts'
import { createSocketRegistry } from './push/socket-registry.ts'
import { applyChanges, applyEnds, applyReset } from './revocation/apply.ts'
import type { Bus } from './revocation/bus.ts'
import { Confirmation, type ConfirmationOptions } from './revocation/confirmation.ts'
import { createDatabaseClock } from './revocation/database-clock.ts'
import { createLease, graceOf } from './revocation/lease.ts'
import type { NodeRegistry } from './revocation/node-registry.ts'
import { createNotifiedCounts } from './revocation/notified-counts.ts'
import { Renewal, type RenewalOptions } from './revocation/renewal.ts'
import { createActivity } from './session/activity.ts'
import { createAnnouncements } from './session/announcements.ts'
import { createConfirmedEnds } from './session/confirmed-ends.ts'
import type { EndedSession, SessionEnd } from './session/ended-session.ts'
import { createFindEnds } from './session/find-ends.ts'
import type { SessionEmitter } from './session/session-events.ts'
import type { Touch } from './session/store/activity.ts'
import type { Receipt } from './session/store/ends.ts'
import type { SessionRow } from './session-row.ts'

/** What a node asks of the sessions' table by itself: a few of the store's queries. */
export interface NodeStore {
  /** Reads the row on the primary. */
  find: (id: string) => Promise<SessionRow | null>
  /** Of these sessions, those that are not active any more. */
  findEnds: (ids: readonly string[]) => Promise<readonly SessionEnd[]>
  /** Ends a session that is idle; gives nothing when it is not. */
  endIdle: (id: string) => Promise<EndedSession[]>
  /** Writes a batch of activity; gives the ids whose rows were locked. */
  touch: (batch: readonly Touch[]) => Promise<readonly string[]>
  markDelivered: (receipts: readonly Receipt[]) => Promise<void>
}

/** Options of the node, resolved; times in ms. `maxReads`: rows read at the same time. */
export interface NodeSettings {
  leaseMs: number
  renewalMs: number
  idleTimeoutMs: number
  activityIntervalMs: number
  heartbeatMs: number
  /** An open socket counts as activity. */
  socketsCount: boolean
  maxSessions: number
  maxReads: number
}

export interface NodePorts {
  clock: Clock
  store: NodeStore
  registry: NodeRegistry
  bus: Bus
  verifyToken: AdmissionOptions['verifyToken']
  events: SessionEmitter
  settings: NodeSettings
  /** A renewal is through. */
  onRenewed: () => void
  onRenewalError: (error: unknown) => void
  onError: (error: unknown) => void
}

/** What a node is made of. Whoever wants one with another part hands that in: `{ ...PARTS, recheck: … }`. */
export const PARTS = {
  lease: createLease,
  databaseClock: createDatabaseClock,
  activity: createActivity,
  sockets: createSocketRegistry,
  recheck: createSocketRecheck,
  signals: createSessionSignals,
  liveNotices: createLiveNotices,
  announcements: createAnnouncements,
  reads: createRunningReads,
  admission: createAdmission,
  renewal: (options: RenewalOptions) => new Renewal(options),
  confirmation: (options: ConfirmationOptions) => new Confirmation(options),
  ends: applyEnds,
  changes: applyChanges,
  reset: applyReset
}

export type Parts = typeof PARTS
export type Node = ReturnType<typeof createNode>

/** A logout's answer is still on its way when its receipt comes in, and goes first. In ms. */
const RECEIPTS_GATHERED_MS = 5
const MAX_RECEIPTS = 1_000
/** How long the end of a node waits for PostgreSQL to take the last activity, in ms. */
const SHUTDOWN_TIMEOUT_MS = 1_000

/**
 * A row counts as idle after this long, in ms: activity of other nodes may be two batch intervals old before it shows
 * in a row.
 */
export function idleAllowanceOf (
  { idleTimeoutMs, activityIntervalMs }: Pick<NodeSettings, 'idleTimeoutMs' | 'activityIntervalMs'>
): number {
  return idleTimeoutMs + 2 * activityIntervalMs
}

/** It answers from memory from `start` on. */
export function createNode (
  { clock, store, registry, bus, verifyToken, events, settings, onRenewed, onRenewalError, onError }: NodePorts,
  make: Parts = PARTS
) {
  const { leaseMs, renewalMs, idleTimeoutMs, activityIntervalMs, heartbeatMs, socketsCount, maxSessions, maxReads } =
    settings
  const graceMs = graceOf(leaseMs)
  const lease = make.lease({ clock, leaseMs })
  const databaseClock = make.databaseClock(clock)
  /** By which sessions end: timers of this node, and the database's time. */
  const sessionClock: Clock = { ...clock, now: databaseClock.now }
  const activity = make.activity({ write: store.touch, intervalMs: activityIntervalMs, clock, onError })

  // Who is told.
  const receipts = createBatcher(async (batch: readonly Receipt[]) => {
    await store.markDelivered(batch)
    return []
  }, MAX_RECEIPTS, () => new Promise((resolve) => { clock.setTimer(resolve, RECEIPTS_GATHERED_MS) }))
  const sockets = make.sockets({
    clock: sessionClock,
    onReceipt: (sessionId, eventId) => { receipts.add({ sessionId, eventId }).catch(onError) },
    find: store.find,
    onError,
    life: socketsCount
      ? keepActive({ activity, clock, everyMs: Math.min(heartbeatMs, idleTimeoutMs / 3) })
      : watchIdle({ clock: sessionClock, allowanceMs: idleAllowanceOf(settings), find: store.find, endIdle, onError })
  })
  const findEnds = createFindEnds({ ask: store.findEnds, endIdle })
  const recheck = make.recheck({ findEnds, onError })
  const signals = make.signals({ clock: sessionClock, findEnds, onError })
  const announce = make.announcements({ hasSockets: sockets.hasSockets, changed: sockets.changed, events, clock })
  const notified = createNotifiedCounts()
  const confirmedEnds = createConfirmedEnds(clock)

  // Who may pass.
  const admission = make.admission({
    verifyToken,
    reads: make.reads({ find: store.find, leased: lease.held, max: maxReads }),
    endIdle,
    leased: lease.held,
    clock,
    databaseClock,
    idleTimeoutMs,
    maxSessions,
    onError
  })

  const liveNotices = make.liveNotices({
    find: store.find,
    hasSockets: sockets.hasSockets,
    notice: sockets.notice,
    idleTimeoutMs,
    onError
  })
  const parts = { admission, sockets, recheck, signals, notified, announce, confirmedEnds, liveNotices }
  const apply = (ended: readonly EndedSession[]): void => { make.ends(parts, ended) }

  /** Many may find the same session idle at once: one statement ends it for all of them. */
  const endingIdle = new Map<string, Promise<boolean>>()
  function endIdle (id: string): Promise<boolean> {
    const running = endingIdle.get(id)
    if (running !== undefined) return running
    const ending = store.endIdle(id).then((ended) => {
      apply(ended)
      return ended.length > 0
    }).finally(() => { endingIdle.delete(id) })
    endingIdle.set(id, ending)
    return ending
  }

  // How the nodes hear of each other.
  const renewal = make.renewal({
    registry,
    clock,
    databaseClock,
    lease,
    renewalMs,
    graceMs,
    apply,
    changed (changes) {
      onRenewed()
      make.changes(parts, changes)
    },
    reset: () => { make.reset(parts) },
    onError: onRenewalError
  })
  const confirmation = make.confirmation({ registry, renewal, bus, clock, graceMs, apply, notified, onError })

  /** The bus listens first: what it says before the first renewal is in that renewal. */
  async function listen (): Promise<void> {
    await bus.start({
      wake: (wake) => { confirmation.onWake(wake) },
      ack: (ack) => { confirmation.onAck(ack) },
      // What goes wrong with a renewal it says itself.
      resumed: () => { renewal.renew().catch(() => {}) }
    })
  }

  return {
    activity,
    sockets,
    recheck,
    signals,
    admission,
    lease,
    renewal,
    confirmation,
    confirmedEnds,
    notified,
    apply,
    clock: sessionClock,
    databaseClock,
    graceMs,

    /** What the use cases over this node are handed of it. */
    forUseCases: {
      confirm: (ended: readonly EndedSession[], seen?: readonly string[]) => confirmation.confirm(ended, seen),
      renew: () => renewal.renew(),
      apply,
      changed: sockets.changed,
      refresh: admission.refresh,
      confirmedEnds,
      now: databaseClock.now
    },

    listen,

    /** Listens, and renews for the first time: from then on it answers from memory. */
    async start (): Promise<void> {
      await listen()
      await renewal.start()
    },

    /**
     * No new work: sockets are told to connect elsewhere, and whoever waits for a confirmation that there will be none.
     */
    stop (): void {
      sockets.close()
      confirmation.close()
    },

    /** Writes what is left of the activity, and says goodbye to the other nodes: nobody has to wait for this one. */
    async close (): Promise<void> {
      await settledWithin(clock, SHUTDOWN_TIMEOUT_MS, activity.close())
      await bus.close()
      await renewal.close()
    }
  }
}
