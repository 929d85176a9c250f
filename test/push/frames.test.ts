/** What a client may say on the socket: acks are read, other JSON is ignored, everything else is a reason to close. */
import t from 'tap'
import { createFrameFilter } from '../../src/push/frame-filter.ts'
import { readFrame } from '../../src/push/frames.ts'

const read = (value: unknown): unknown => readFrame(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), false)
const ack = { type: 'ack', eventId: 'e', state: 'delivered' } as const

t.test('acks are read, and only what we know of them', async (t) => {
  t.strictSame(read(ack), { kind: 'ack', ack })
  t.strictSame(read({ ...ack, wiping: true, more: 1 }), { kind: 'ack', ack: { ...ack, wiping: true } })
  t.strictSame(read({ ...ack, state: 'wiped', wiping: 'yes' }), { kind: 'ack', ack: { ...ack, state: 'wiped' } })
  for (const other of [{ ...ack, state: 'no' }, { ...ack, eventId: 7 }, { ...ack, type: 'logout' }, null, 7, [], '"text"', '{"__proto__":{"type":"ack"}}']) {
    t.strictSame(read(other), { kind: 'ignored' }, JSON.stringify(other))
  }
})

t.test('what is not JSON, binary or too big is a reason to close', async (t) => {
  t.match(read('{'), { kind: 'rejected', code: 1008 })
  t.match(readFrame(Buffer.from('{}'), true), { kind: 'rejected', code: 1008 })
  t.match(read(JSON.stringify('x'.repeat(16_384))), { kind: 'rejected', code: 1009 })
  t.match(readFrame([Buffer.from('{"a"'), Buffer.from(':1}')], false), { kind: 'ignored' }, 'in fragments')
})

interface World {
  take: (values: unknown[]) => void
  heard: unknown[]
  /** Checks that wait for their answer. */
  checks: Array<(alive: boolean) => void>
  lease: { held: boolean }
  closed: number[]
}

function openGate (): World {
  const heard: unknown[] = []
  const checks: World['checks'] = []
  const lease = { held: true }
  const closed: number[] = []
  let asked = false
  const take = createFrameFilter({
    trusted: () => asked && lease.held,
    check: async () => {
      asked = await new Promise<boolean>((resolve) => { checks.push(resolve) })
      return asked
    },
    deliver: ([frame]) => { heard.push(frame) },
    close: (code) => { closed.push(code) }
  })
  return { take, heard, checks, lease, closed }
}

const settled = async (): Promise<void> => { await new Promise((resolve) => { setImmediate(resolve) }) }

t.test('the first frame waits for the row; then frames pass at once while the lease holds, and in order', async (t) => {
  const { take, heard, checks } = openGate()
  take([1])
  take([2])
  t.strictSame(heard, [])
  checks.shift()?.(true)
  await settled()
  t.strictSame(heard, [1, 2])
  take([3])
  t.strictSame(heard, [1, 2, 3], 'in the same step')
  t.equal(checks.length, 0, 'with one question in all')
})

t.test('without a lease each frame waits for a look that began after it came; of an ended session none is heard', async (t) => {
  const { take, heard, checks, lease } = openGate()
  take([1])
  checks.shift()?.(true)
  await settled()
  lease.held = false
  take([2])
  take([3])
  checks.shift()?.(true)
  await settled()
  t.strictSame(heard, [1, 2])
  t.equal(checks.length, 1, 'the third one has its own look')
  take([4])
  checks.shift()?.(false)
  await settled()
  t.strictSame(heard, [1, 2])
})

t.test('frames that wait are bounded: one more, and the peer is told to come again', async (t) => {
  const { take, closed, checks } = openGate()
  for (let count = 0; count < 1_000; count++) take([count])
  t.strictSame(closed, [])
  take(['one too many'])
  t.strictSame(closed, [1013])
  checks.shift()?.(false)
})

t.test('a listener that throws on a frame that had to wait loses none of the others, nor their order', async (t) => {
  const heard: number[] = []
  const thrown: unknown[] = []
  let asked = false
  let answer = (_alive: boolean): void => {}
  const take = createFrameFilter({
    trusted: () => asked,
    check: async () => {
      asked = await new Promise<boolean>((resolve) => { answer = resolve })
      return asked
    },
    deliver: ([frame]) => {
      heard.push(frame as number)
      if (frame === 1) throw new Error('the app\'s own')
    },
    close: () => {}
  })
  const catchIt = (error: unknown): void => { thrown.push(error) }
  const before = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', catchIt)
  t.teardown(() => {
    process.off('unhandledRejection', catchIt)
    for (const listener of before) process.on('unhandledRejection', listener)
  })
  for (const frame of [1, 2]) take([frame])
  answer(true)
  await settled()
  take([3])
  await settled()
  t.strictSame(heard, [1, 2, 3])
  t.match(thrown, [{ message: 'the app\'s own' }])
})
