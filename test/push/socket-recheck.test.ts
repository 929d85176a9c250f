/** The recheck after the database changed: sockets are in doubt until their rows have been asked, whatever the lease says. */
import { EventEmitter } from 'node:events'
import t from 'tap'
import type { WebSocket } from 'ws'
import { createSocketRecheck } from '../../src/push/socket-recheck.ts'
import { createSessionSignals } from '../../src/push/session-signals.ts'
import { createSocketRegistry } from '../../src/push/socket-registry.ts'
import { createFindEnds } from '../../src/session/find-ends.ts'
import type { SessionEnd } from '../../src/session/ended-session.ts'
import { createManualClock } from '../helpers/manual-clock.ts'

type Ends = ReadonlyMap<string, SessionEnd>

const HOUR_MS = 3_600_000
const ALIVE: Ends = new Map()
const endOf = (id: string): SessionEnd => ({ id, reason: 'policy', at: 0, eventId: `end-of-${id}` })
const settled = async (): Promise<void> => { await new Promise((resolve) => { setImmediate(resolve) }) }

/** Questions to the rows wait for the test's answer. */
function openWorld () {
  const clock = createManualClock()
  const questions: Array<{ ids: readonly string[], answer: (ends: Ends) => void, fail: () => void }> = []
  const findEnds = async (ids: readonly string[]): Promise<Ends> => await new Promise<Ends>((resolve, reject) => {
    questions.push({ ids, answer: resolve, fail: () => { reject(new Error('PostgreSQL is gone')) } })
  })
  const recheck = createSocketRecheck({ findEnds, onError: () => {} })
  const signals = createSessionSignals({ clock, findEnds, onError: () => {} })
  const sockets = createSocketRegistry({ clock, onReceipt: () => {} })

  /** An app's socket, whose frames the app hears. */
  function attach (id: string) {
    const sent: string[] = []
    const closed: number[] = []
    const heard: string[] = []
    const socket = Object.assign(new EventEmitter(), {
      OPEN: 1,
      readyState: 1,
      bufferedAmount: 0,
      send: (text: string) => { sent.push((JSON.parse(text) as { type: string }).type) },
      close: (code: number) => { closed.push(code) },
      terminate: () => {}
    })
    const entry = sockets.attach(socket as unknown as WebSocket, { id, userId: 'anna', expiresAt: clock.now() + HOUR_MS }, { leased: () => true, check: recheck.check })
    if (entry === null) throw new Error('the registry is closed')
    socket.on('message', (text: string) => { heard.push(text) })
    return { entry, sent, closed, heard, say: (text: string) => { socket.emit('message', text) } }
  }
  return { clock, recheck, signals, sockets, questions, attach }
}

t.test('after a reset no frame passes, under a lease or not, before the row has been asked again', async (t) => {
  const { recheck, sockets, questions, attach } = openWorld()
  const device = attach('s')
  void recheck.check(device.entry)
  questions.shift()?.answer(ALIVE)
  await settled()
  device.say('before')
  t.strictSame(device.heard, ['before'])
  void recheck.checkAll(sockets.all())
  device.say('after')
  t.strictSame(device.heard, ['before'], 'the node holds a lease, but nobody told it what ended meanwhile')
  for (const question of questions.splice(0)) question.answer(new Map([['s', endOf('s')]]))
  await settled()
  t.strictSame(device.heard, ['before'])
  t.strictSame(device.sent, ['logout'])
})

t.test('a look that began before the reset does not settle the doubt', async (t) => {
  const { recheck, sockets, questions, attach } = openWorld()
  const device = attach('s')
  void recheck.check(device.entry)
  void recheck.checkAll(sockets.all())
  questions.shift()?.answer(ALIVE)
  await settled()
  t.equal(device.entry.unverified, true)
  questions.shift()?.answer(ALIVE)
  await settled()
  t.equal(device.entry.unverified, false)
})

t.test('many sockets are asked for in batches, and all are in doubt from the first moment', async (t) => {
  const { recheck, sockets, questions, attach } = openWorld()
  const devices = Array.from({ length: 2_500 }, (_, index) => attach(String(index)))
  void recheck.checkAll(sockets.all())
  t.ok(devices.every(({ entry }) => entry.unverified))
  const asked: number[] = []
  while (questions.length > 0) {
    const [question] = questions.splice(0, 1)
    asked.push(question?.ids.length ?? 0)
    question?.answer(new Map([['7', endOf('7')]]))
    await settled()
  }
  t.strictSame(asked, [1, 1_000, 1_000, 499])
  t.strictSame(devices.map(({ sent }, index) => sent.length > 0 ? index : null).filter((index) => index !== null), [7], 'only whose session ended was told')
  t.strictSame(devices.filter(({ entry }) => entry.unverified).length, 1)
})

t.test('when the rows can not be asked, sockets are closed with 1013 and signals aborted with 503: nobody is told that the session ended', async (t) => {
  const { clock, recheck, signals, sockets, questions, attach } = openWorld()
  const device = attach('s')
  const signal = signals.of({ id: 's', userId: 'anna', expiresAt: clock.now() + HOUR_MS })
  questions.shift()?.answer(ALIVE)
  await settled()
  t.equal(signal.aborted, false)
  void recheck.checkAll(sockets.all())
  void signals.checkAll()
  for (const question of questions.splice(0)) question.fail()
  await settled()
  t.strictSame([device.sent, device.closed], [[], [1013]])
  t.match(signal.reason, { code: 'SESSION_STORE_UNAVAILABLE', statusCode: 503 })
})

t.test('after a reset the signal of a session that has ended is aborted', async (t) => {
  const { clock, signals, questions } = openWorld()
  const [gone, stays] = ['gone', 'stays'].map((id) => signals.of({ id, userId: 'anna', expiresAt: clock.now() + HOUR_MS }))
  for (const question of questions.splice(0)) question.answer(ALIVE)
  await settled()
  void signals.checkAll()
  questions.shift()?.answer(new Map([['gone', endOf('gone')]]))
  await settled()
  t.match(gone?.reason, { code: 'SESSION_REVOKED' })
  t.equal(stays?.aborted, false)
})

t.test('a session that has gone idle is ended durably before it is called ended; one that was active after all is not', async (t) => {
  const idle = (id: string): SessionEnd => ({ id, reason: 'idle_timeout', at: 1, eventId: null })
  const asked: Array<readonly string[]> = []
  const ended: string[] = []
  const findEnds = createFindEnds({
    ask: async (ids) => {
      asked.push(ids)
      return asked.length === 1 ? [idle('a'), idle('b'), endOf('c')] : [{ ...idle('a'), eventId: 'event' }]
    },
    endIdle: async (id) => ended.push(id) > 0
  })
  const ends = await findEnds(['a', 'b', 'c', 'd'])
  t.strictSame(ended, ['a', 'b'])
  t.strictSame(asked, [['a', 'b', 'c', 'd'], ['a', 'b']])
  t.strictSame([...ends.keys()].sort(), ['a', 'c'])
  t.equal(ends.get('a')?.eventId, 'event')
})
