/** Cleanup: ends what is idle or expired, and deletes what ended long ago; page by page, on one node at a time. */
import type { Clock, Timer } from '../clock.ts'
import type { CleanupProgress, CleanupReport } from './cleanup-report.ts'
import type { EndedSession } from './ended-session.ts'
import type { DeviceKey } from './store/addresses.ts'
import type { Queries, Store } from './store/store.ts'

export interface CleanupOptions {
  store: Pick<Store, 'transaction'>
  /** Sessions without activity for so long are ended, in ms. */
  inactiveMs: number
  /** Ended sessions and events are kept for so long, in ms. */
  retentionMs: number
  /** Addresses are forgotten after so long, in ms; null: with their rows. */
  addressRetentionMs?: number | null
  /** This node learns what was ended; the others read it with their renewals. */
  apply: (ended: readonly EndedSession[]) => void
}

/** Rows looked at in one statement: its locks are short, whatever the table's size. */
const PAGE = 1_000

/** What was looked at, and what is to be said of it once it is committed. */
interface Page<Key> {
  /** The last key; null: there was none. */
  last: Key | null
  looked: number
}

export type Cleanup = ReturnType<typeof createCleanup>

export function createCleanup (
  { store, inactiveMs, retentionMs, addressRetentionMs = null, apply }: CleanupOptions
) {
  /** Walks through a table in the order of keys; a node that is killed midway leaves whole pages behind. */
  async function walk<Key, Cleaned extends Page<Key>> (
    clean: (queries: Queries, after: Key | null) => Promise<Cleaned>,
    onPage: (page: Cleaned) => void,
    stopped: () => boolean
  ): Promise<boolean> {
    let after: Key | null = null
    for (;;) {
      const begin: Key | null = after
      const page: Cleaned | null = await store.transaction(async (queries) => {
        return await queries.tryLockCleanup() ? await clean(queries, begin) : null
      })
      if (page === null) return false
      onPage(page)
      if (page.last === null || page.looked < PAGE) return true
      if (stopped()) return false
      after = page.last
    }
  }

  async function cleanSessions (queries: Queries, after: string | null) {
    const page = await queries.cleanSessions({ after, limit: PAGE, inactiveMs, retentionMs })
    if (addressRetentionMs === null) return { ...page, forgotten: 0 }
    const { forgotten } = await queries.forgetSessionAddresses({ after, limit: PAGE, addressRetentionMs })
    return { ...page, forgotten }
  }

  async function cleanEvents (queries: Queries, after: string | null) {
    const page = await queries.cleanEvents({ after, limit: PAGE, retentionMs })
    if (addressRetentionMs === null) return { ...page, forgotten: 0 }
    const { forgotten } = await queries.forgetEventAddresses({ after, limit: PAGE, addressRetentionMs })
    return { ...page, forgotten }
  }

  return {
    /** Runs once through all tables, until `stopped`. Safe to run on several nodes: all but one give up. */
    async run (
      onProgress: (progress: CleanupProgress) => void = () => {},
      stopped: () => boolean = () => false
    ): Promise<CleanupReport> {
      const report: CleanupReport = { ended: 0, deleted: 0, eventsDeleted: 0, addressesForgotten: 0, ran: true }

      async function through<Key, Cleaned extends Page<Key> & { forgotten: number }> (
        table: CleanupProgress['table'],
        clean: (queries: Queries, after: Key | null) => Promise<Cleaned>,
        onPage: (page: Cleaned) => void = () => {}
      ): Promise<void> {
        if (!report.ran) return
        let looked = 0
        report.ran = await walk<Key, Cleaned>(clean, (page) => {
          onPage(page)
          report.addressesForgotten += page.forgotten
          looked += page.looked
          onProgress({ table, looked })
        }, stopped)
      }

      await through('sessions', cleanSessions, ({ ended, deleted }) => {
        apply(ended)
        report.ended += ended.length
        report.deleted += deleted
      })
      await through('events', cleanEvents, ({ deleted }) => { report.eventsDeleted += deleted })
      if (addressRetentionMs === null) return report
      await through('devices', (queries, after: DeviceKey | null) =>
        queries.forgetDeviceNetworks({ after, limit: PAGE, addressRetentionMs }))
      await through('notices', (queries, after: string | null) =>
        queries.forgetNoticeAddresses({ after, limit: PAGE, addressRetentionMs }))
      return report
    }
  }
}

export interface CleanupScheduleOptions {
  cleanup: Cleanup
  periodMs: number
  clock: Clock
  /** Between 0 and 1: nodes that started together do not come together. */
  random: () => number
  onError: (error: unknown) => void
}

/** Runs the cleanup again and again; the first time after a part of the period. */
export function scheduleCleanup (
  { cleanup, periodMs, clock, random, onError }: CleanupScheduleOptions
): { close: () => Promise<void> } {
  let running: Promise<void> = Promise.resolve()
  let timer: Timer = clock.setTimer(run, periodMs * random())
  let closed = false

  function run (): void {
    running = cleanup.run(undefined, () => closed).catch(onError).then(() => {
      if (!closed) timer = clock.setTimer(run, periodMs)
    })
  }

  return {
    /** Waits for the page that is being cleaned, and for no more. */
    async close () {
      closed = true
      timer.cancel()
      await running
    }
  }
}
