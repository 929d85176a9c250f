/** Socket life and activity on a clock in the test's hand. */
import t from 'tap'
import { keepActive, watchIdle } from '../../src/push/socket-life.ts'
import type { SessionSocket } from '../../src/push/session-socket.ts'
import type { SessionRow } from '../../src/session-row.ts'
import { createActivity, type Active } from '../../src/session/activity.ts'
import type { Touch } from '../../src/session/store/activity.ts'
import { createManualClock, until } from '../helpers/manual-clock.ts'

const ENTRY = { session: { id: 'one', userId: 'anna', expiresAt: Infinity } } as SessionSocket
const settled = async (): Promise<void> => { await new Promise((resolve) => { setImmediate(resolve) }) }

function active (id: string): Active {
  return { id, activeAt: 0, activeIp: null, unwritten: false }
}

t.test('an open socket marks its session again and again, until it closes', async (t) => {
  const clock = createManualClock()
  const marked: string[] = []
  const stop = keepActive({ activity: { mark: ({ id }) => { marked.push(id) } }, clock, everyMs: 1_000 })(ENTRY)
  for (let round = 0; round < 3; round++) {
    clock.advance(1_000)
    await settled()
  }
  t.same(marked, ['one', 'one', 'one'])
  stop()
  clock.advance(10_000)
  t.equal(marked.length, 3)
  t.equal(clock.waiting(), 0)
})

t.test('the row of a socket that does not count is asked when it may be idle, and not before; activity puts it off', async (t) => {
  const clock = createManualClock()
  let asked = 0
  let row: Partial<SessionRow> = { timedOut: null }
  const ended: string[] = []
  const stop = watchIdle({
    clock,
    allowanceMs: 60_000,
    find: async () => { asked++; return row as SessionRow },
    endIdle: async (id) => { ended.push(id); return true },
    onError: (error) => { throw error }
  })(ENTRY)
  clock.advance(59_999)
  t.equal(asked, 0)
  row = { timedOut: null, lastActivityAt: clock.now() - 20_000 }
  clock.advance(1)
  t.equal(asked, 1)
  await settled()
  clock.advance(39_998)
  t.equal(asked, 1, 'not before its activity is old enough')
  row = { timedOut: 'idle_timeout' }
  clock.advance(2)
  await until(() => ended.length > 0)
  t.same(ended, ['one'])
  stop()
})

t.test('a database that can not say puts the question off, and is reported', async (t) => {
  const clock = createManualClock()
  const errors: unknown[] = []
  let asked = 0
  const stop = watchIdle({
    clock, allowanceMs: 1_000, find: async () => { asked++; throw new Error('gone') }, endIdle: async () => true, onError: (error) => { errors.push(error) }
  })(ENTRY)
  clock.advance(1_000)
  await settled()
  clock.advance(1_000)
  await settled()
  t.equal(asked, 2)
  t.equal(errors.length, 2)
  stop()
})

t.test('activity is written once an interval, each session once, with how long ago it was', async (t) => {
  const clock = createManualClock()
  const batches: Touch[][] = []
  const activity = createActivity({ write: async (batch) => { batches.push([...batch]); return [] }, intervalMs: 10_000, clock, onError: (error) => { throw error } })
  const one = active('one')
  activity.mark(one, '192.0.2.1')
  clock.advance(4_000)
  activity.mark(one, '192.0.2.2')
  activity.mark(active('two'), null)
  clock.advance(5_999)
  t.same(batches, [])
  clock.advance(1)
  await settled()
  t.same(batches, [[{ id: 'one', agoMs: 6_000, ip: '192.0.2.2' }, { id: 'two', agoMs: 6_000, ip: null }]])
  await activity.close()
  t.equal(batches.length, 1, 'nothing was left to write')
})

t.test('what could not be written is written with the next batch, and closing loses none', async (t) => {
  const clock = createManualClock()
  const batches: Touch[][] = []
  const errors: unknown[] = []
  let works = false
  const write = async (batch: readonly Touch[]): Promise<string[]> => {
    if (!works) throw new Error('gone')
    batches.push([...batch])
    return []
  }
  const activity = createActivity({ write, intervalMs: 10_000, clock, onError: (error) => { errors.push(error) } })
  activity.mark(active('one'), null)
  await activity.flush()
  t.equal(errors.length, 1)
  works = true
  clock.advance(3_000)
  activity.mark(active('two'), null)
  await activity.close()
  t.same(batches, [[{ id: 'one', agoMs: 3_000, ip: null }, { id: 'two', agoMs: 0, ip: null }]])
})

t.test('25,000 sessions are three statements of ten thousand at most', async (t) => {
  const clock = createManualClock()
  const sizes: number[] = []
  const activity = createActivity({ write: async (batch) => { sizes.push(batch.length); return [] }, intervalMs: 10_000, clock, onError: (error) => { throw error } })
  for (let index = 0; index < 25_000; index++) activity.mark(active(String(index)), null)
  await activity.close()
  t.same(sizes, [10_000, 10_000, 5_000])
})

t.test('what was skipped, because somebody else was at its row, is written with the next batch, and on close', async (t) => {
  const clock = createManualClock()
  const batches: Touch[][] = []
  let skips = 1
  const write = async (batch: readonly Touch[]): Promise<string[]> => {
    batches.push([...batch])
    return skips-- > 0 ? ['one'] : []
  }
  const activity = createActivity({ write, intervalMs: 10_000, clock, onError: (error) => { throw error } })
  activity.mark(active('one'), null)
  activity.mark(active('two'), null)
  await activity.flush()
  clock.advance(3_000)
  await activity.flush()
  t.same(batches.splice(0), [[{ id: 'one', agoMs: 0, ip: null }, { id: 'two', agoMs: 0, ip: null }], [{ id: 'one', agoMs: 3_000, ip: null }]])
  skips = 2
  activity.mark(active('one'), null)
  const closed = activity.close()
  for (let tries = 0; tries < 2; tries++) {
    await settled()
    clock.advance(50)
  }
  await closed
  t.equal(batches.length, 3, 'until it could be written')
})
