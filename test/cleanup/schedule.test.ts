/** When cleanups run: after a part of the period first, then once a period; none after the close, which waits for a page at most. */
import t from 'tap'
import type { Cleanup } from '../../src/session/cleanup.ts'
import type { CleanupReport } from '../../src/session/cleanup-report.ts'
import { scheduleCleanup } from '../../src/session/cleanup.ts'
import { createManualClock } from '../helpers/manual-clock.ts'
import { insertSessions, openNodes } from '../helpers/cleanup-nodes.ts'

const REPORT: CleanupReport = { ended: 0, deleted: 0, eventsDeleted: 0, addressesForgotten: 0, ran: true }

t.test('a run comes after a part of the period, then every period, counted from the end of the last', async (t) => {
  const clock = createManualClock()
  const ends: Array<() => void> = []
  const cleanup: Cleanup = { run: () => new Promise((resolve) => { ends.push(() => { resolve(REPORT) }) }) }
  const schedule = scheduleCleanup({ cleanup, periodMs: 1_000, clock, random: () => 0.25, onError: (error) => { throw error } })
  clock.advance(249)
  t.equal(ends.length, 0)
  clock.advance(1)
  t.equal(ends.length, 1)
  clock.advance(5_000)
  t.equal(ends.length, 1, 'no second one while one is running')
  ends[0]?.()
  while (clock.waiting() === 0) await Promise.resolve()
  clock.advance(999)
  t.equal(ends.length, 1)
  clock.advance(1)
  t.equal(ends.length, 2)
  ends[1]?.()
  await schedule.close()
  t.equal(clock.waiting(), 0)
})

t.test('a run that fails is reported, and the next one comes', async (t) => {
  const clock = createManualClock()
  const errors: unknown[] = []
  let runs = 0
  const cleanup: Cleanup = { run: async () => { runs++; throw new Error('no database') } }
  const schedule = scheduleCleanup({ cleanup, periodMs: 1_000, clock, random: () => 0, onError: (error) => { errors.push(error) } })
  clock.advance(0)
  while (clock.waiting() === 0) await Promise.resolve()
  clock.advance(1_000)
  await schedule.close()
  t.equal(runs, 2)
  t.match(errors, [{ message: 'no database' }, { message: 'no database' }])
})

t.test('closing stops a long run after the page it is at', async (t) => {
  const { nodes: [node], test } = await openNodes(t, 1)
  if (node === undefined) return
  await insertSessions(test, 'idle', 5_000, { activeDaysAgo: 31 })
  const clock = createManualClock()
  const closing: Array<Promise<void>> = []
  const reports: CleanupReport[] = []
  const cleanup: Cleanup = {
    async run (onProgress, stopped) {
      const report = await node.cleanup.run((progress) => {
        onProgress?.(progress)
        if (closing.length === 0) closing.push(schedule.close())
      }, stopped)
      reports.push(report)
      return report
    }
  }
  const schedule = scheduleCleanup({ cleanup, periodMs: 1_000, clock, random: () => 0, onError: (error) => { throw error } })
  clock.advance(0)
  while (closing.length === 0) await new Promise((resolve) => { setImmediate(resolve) })
  await closing[0]
  t.match(reports, [{ ended: 1_000, ran: false }])
})
