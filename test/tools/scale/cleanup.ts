/** The cleanup of a million dead rows: no page takes long, so nothing is locked for long. */
import type { Test } from 'tap'
import { createDatabase, type TestDatabase } from '../../helpers/database.ts'
import { createCleanup } from '../../../src/session/cleanup.ts'
import type { CleanupReport } from '../../../src/session/cleanup-report.ts'
import { openDatabase } from '../../../src/database/database.ts'
import { createStore, type Queries } from '../../../src/session/store/store.ts'
import { fill } from './rows.ts'
import { ms, note, percentile, say } from './report.ts'

const BATCH = 1_000
const SAMPLES = 20
const DAY_MS = 86_400_000

export async function measureCleanup (t: Test, sessions: number): Promise<void> {
  const alone: number[] = []
  const small = await createDatabase(t)
  await clean(small, [], () => {})
  for (let sample = 0; sample < SAMPLES; sample++) {
    await fill(small, { count: BATCH, clientId: 'dead', endedDaysAgo: 100 })
    await clean(small, alone, () => {})
  }
  const one = percentile(alone, 0.5)
  say(`a batch of ${BATCH} alone: ${ms(one)}`)

  const test = await createDatabase(t)
  await fill(test, { count: sessions, clientId: 'dead', endedDaysAgo: 100 })
  const pages: number[] = []
  const report = await clean(test, pages, (looked) => { if (looked % 100_000 === 0) say(`${looked} cleaned, longest page ${ms(Math.max(...pages))}`) })
  t.match(report, { deleted: sessions, ran: true })
  const longest = Math.max(...pages)
  t.ok(note({
    what: `cleanup of ${sessions.toLocaleString('en')} dead rows: longest of ${pages.length} statements`,
    measured: `${ms(longest)} (median ${ms(percentile(pages, 0.5))}, 99th percentile ${ms(percentile(pages, 0.99))}; all in ${(pages.reduce((a, b) => a + b, 0) / 1_000).toFixed(0)} s)`,
    target: `≤ 10 × one batch of 1,000 alone (${ms(one)})`,
    met: longest <= 10 * one
  }))
}

/** One run; the time of every page that had rows. */
async function clean (test: TestDatabase, pages: number[], onLooked: (looked: number) => void): Promise<CleanupReport> {
  const database = await openDatabase({ database: { url: test.url, pool: { min: 0, max: 2 } }, queryTimeoutMs: 120_000 })
  const store = createStore({ database, idleAllowanceMs: 30 * DAY_MS, onError: () => {} })
  const timed = (queries: Queries): Queries => ({
    ...queries,
    async cleanSessions (...given) {
      const began = performance.now()
      const page = await queries.cleanSessions(...given)
      if (page.looked > 0) pages.push(performance.now() - began)
      return page
    }
  })
  const cleanup = createCleanup({
    store: { transaction: (work) => store.transaction((queries) => work(timed(queries))) },
    inactiveMs: 30 * DAY_MS,
    retentionMs: 90 * DAY_MS,
    apply: () => {}
  })
  try {
    return await cleanup.run(({ looked }) => { onLooked(looked) })
  } finally {
    await database.close()
  }
}
