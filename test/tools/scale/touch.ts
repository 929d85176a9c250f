/** A million touched sessions: batches of ten thousand, each one statement, and nearly all updates HOT. */
import type { Test } from 'tap'
import { until } from '../../helpers/cluster.ts'
import { createDatabase, type TestDatabase } from '../../helpers/database.ts'
import { openDatabase } from '../../../src/database/database.ts'
import { createQueries } from '../../../src/session/store/store.ts'
import { createActivity } from '../../../src/session/activity.ts'
import { systemClock } from '../../../src/clock.ts'
import type { Sql } from '../../../src/database/sql.ts'
import { fill } from './rows.ts'
import { ms, note, percentile, say } from './report.ts'

const BATCH = 10_000
const DAY_MS = 86_400_000
/** One session in ten comes from a new address: its row grows. */
const MOVED = 10

const ORDERS = [
  ['in any order', 'md5(id::text)'],
  ['in the order of their rows, a whole page at once', 'ctid']
] as const

export async function measureTouch (t: Test, sessions: number): Promise<void> {
  const test = await createDatabase(t)
  const database = await openDatabase({ database: { url: test.url, pool: { min: 0, max: 2 } }, queryTimeoutMs: 120_000 })
  t.teardown(database.close)
  let statements = 0
  const counted: Sql = async (text, values) => {
    statements++
    return await database.sql(text, values)
  }
  const store = createQueries(counted, { schema: undefined, idleAllowanceMs: 30 * DAY_MS })
  await fill(test, { count: sessions, clientId: 'crowd' })

  for (const [title, order] of ORDERS) {
    const ids = (await test.query<{ id: string }>(`select id from live_session order by ${order}`)).map(({ id }) => id)
    const before = await updates(test, 0)
    const times: number[] = []
    statements = 0
    for (let begin = 0; begin < ids.length; begin += BATCH) {
      const activity = createActivity({
        write: async (batch) => {
          const began = performance.now()
          const skipped = await store.touch(batch)
          times.push(performance.now() - began)
          return skipped
        },
        intervalMs: 1_000_000,
        clock: systemClock,
        onError: (error) => { throw error }
      })
      for (const [index, id] of ids.slice(begin, begin + BATCH).entries()) {
        activity.mark({ id, activeAt: 0, activeIp: null, unwritten: false }, index % MOVED === 0 ? `198.51.100.${begin / BATCH % 250}` : '192.0.2.1')
      }
      await activity.close()
      if (begin % (20 * BATCH) === 0) say(`${begin} touched ${title}, the last batch in ${ms(times.at(-1) ?? NaN)}`)
    }
    t.equal(statements, ids.length / BATCH, 'one statement a batch')
    const after = await updates(test, before.all + sessions)
    const share = (after.hot - before.hot) / (after.all - before.all)
    t.ok(note({ what: `${sessions.toLocaleString('en')} sessions touched ${title}: HOT updates`, measured: `${(share * 100).toFixed(1)} %`, target: '≥ 95 %', met: share >= 0.95 }))
    t.ok(note({
      what: `a batch of ${BATCH.toLocaleString('en')}, ${title}`, measured: `${statements / (ids.length / BATCH)} statement, median ${ms(percentile(times, 0.5))}, longest ${ms(Math.max(...times))}`, target: '1 statement', met: statements === ids.length / BATCH
    }))
  }
}

/** The table's updates, once at least so many have been counted. */
async function updates ({ query }: TestDatabase, atLeast: number): Promise<{ all: number, hot: number }> {
  const look = async (): Promise<{ all: number, hot: number }> => {
    const [row] = await query<{ all: string, hot: string }>("select n_tup_upd as all, n_tup_hot_upd as hot from pg_stat_user_tables where relname = 'live_session'")
    return { all: Number(row?.all), hot: Number(row?.hot) }
  }
  return await until(look, ({ all }) => all >= atLeast)
}
