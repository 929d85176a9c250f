/** Cleanup: ends what is idle or expired, and deletes what ended long ago; page by page, on one node at a time. */
import type { Clock, Timer } from '../clock.ts'
import type { CleanupProgress, CleanupReport } from './cleanup-report.ts'
import type { EndedSession } from './ended-session.ts'
import type { Store } from './store/store.ts'

export interface CleanupOptions {
  store: Pick<Store, 'transaction'>
  /** Sessions without activity for so long are ended, in ms. */
  inactiveMs: number
  /** Ended sessions and events are kept for so long, in ms. */
  retentionMs: number
  /** This node learns what was ended; the others read it with their renewals. */
  apply: (ended: readonly EndedSession[]) => void
}

/** Rows looked at in one statement: its locks are short, whatever the table's size. */
const PAGE = 1_000

export type Cleanup = ReturnType<typeof createCleanup>

export function createCleanup ({ store, inactiveMs, retentionMs, apply }: CleanupOptions) {
  /** Walks through the table in the order of ids; a node that is killed midway leaves whole pages behind. */
  async function walk (
    page: (after: string | null) => Promise<{ last: string | null, looked: number } | null>,
    onPage: (looked: number) => void,
    stopped: () => boolean
  ): Promise<boolean> {
    let after: string | null = null
    let looked = 0
    for (;;) {
      const done = await page(after)
      if (done === null) return false
      looked += done.looked
      onPage(looked)
      if (done.last === null || done.looked < PAGE) return true
      if (stopped()) return false
      after = done.last
    }
  }

  return {
    /** Runs once through both tables, until `stopped`. Safe to run on several nodes: all but one give up. */
    async run (
      onProgress: (progress: CleanupProgress) => void = () => {},
      stopped: () => boolean = () => false
    ): Promise<CleanupReport> {
      const report: CleanupReport = { ended: 0, deleted: 0, eventsDeleted: 0, ran: true }
      report.ran = await walk(async (after) => {
        const page = await store.transaction(async (queries) => {
          if (!await queries.tryLockCleanup()) return null
          return await queries.cleanSessions({ after, limit: PAGE, inactiveMs, retentionMs })
        })
        if (page === null) return null
        apply(page.ended)
        report.ended += page.ended.length
        report.deleted += page.deleted
        return page
      }, (looked) => { onProgress({ table: 'sessions', looked }) }, stopped)
      if (!report.ran) return report
      report.ran = await walk(async (after) => {
        const page = await store.transaction(async (queries) => {
          if (!await queries.tryLockCleanup()) return null
          return await queries.cleanEvents({ after, limit: PAGE, retentionMs })
        })
        report.eventsDeleted += page?.deleted ?? 0
        return page
      }, (looked) => { onProgress({ table: 'events', looked }) }, stopped)
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
