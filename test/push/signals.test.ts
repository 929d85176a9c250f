/** Signals by the thousand: asked for in batches, forgotten when nobody holds, hears or follows them, and certain as long as somebody does (A7). */
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { createSessionSignals } from '../../src/push/session-signals.ts'
import type { SocketSession } from '../../src/push/session-socket.ts'
import type { SessionEnd } from '../../src/session/ended-session.ts'
import type { Session } from '../../src/protocol.ts'
import { countStatements } from '../helpers/statement-counter.ts'
import { buildApp } from '../helpers/app.ts'
import { createDatabase } from '../helpers/database.ts'
import { logIn } from '../helpers/device.ts'
import { createManualClock } from '../helpers/manual-clock.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const HOUR_MS = 3_600_000

function openSignals () {
  const clock = createManualClock()
  const signals = createSessionSignals({ clock, findEnds: async () => new Map<string, SessionEnd>(), onError: () => {} })
  const sessionOf = (id: string): SocketSession => ({ id, userId: 'anna', expiresAt: clock.now() + HOUR_MS })
  return { clock, signals, sessionOf }
}

/** Collects until it comes true: finalizers run between two turns. */
async function collected (isTrue: () => boolean): Promise<void> {
  while (!isTrue()) {
    collect()
    await new Promise((resolve) => { setImmediate(resolve) })
  }
}

t.test('a signal that nobody holds any more is forgotten, with its timer; one that is held is the same for all who ask', async (t) => {
  const { signals, sessionOf } = openSignals()
  const held = signals.of(sessionOf('held'))
  for (let index = 0; index < 1_000; index++) signals.of(sessionOf(`gone-${index}`))
  await collected(() => signals.size() === 1)
  t.equal(signals.of(sessionOf('held')), held)
  signals.end([{ id: 'held', reason: 'policy' }])
  t.match(held.reason, { code: 'SESSION_REVOKED', reason: 'policy' })
  t.equal(signals.size(), 0)
})

t.test('what only listens, follows or streams is aborted all the same, however often memory was collected', async (t) => {
  const { signals, sessionOf } = openSignals()
  const heard: string[] = []
  const note = (id: string) => (): void => { heard.push(id) }
  // Each of these keeps nothing of the signal but what it gave to it.
  signals.of(sessionOf('listener')).addEventListener('abort', note('listener'))
  signals.of(sessionOf('onabort')).onabort = note('onabort')
  AbortSignal.any([signals.of(sessionOf('follower')), new AbortController().signal]).addEventListener('abort', note('follower'))
  AbortSignal.any([AbortSignal.any([signals.of(sessionOf('its follower'))])]).addEventListener('abort', note('its follower'))
  const kept = AbortSignal.any([signals.of(sessionOf('held follower'))])
  const stream = new Readable({ read () {}, signal: signals.of(sessionOf('stream')) })
  stream.on('error', note('stream'))
  const waiting = once(new EventTarget(), 'never', { signal: signals.of(sessionOf('once')) }).catch(note('once'))
  const ids = ['listener', 'onabort', 'follower', 'its follower', 'held follower', 'stream', 'once']
  for (let index = 0; index < 100; index++) signals.of(sessionOf(`gone-${index}`))
  await collected(() => signals.size() <= ids.length)
  let rounds = 10
  await collected(() => rounds-- === 0)
  t.equal(signals.size(), ids.length)
  signals.end(ids.map((id) => ({ id, reason: 'policy' as const })))
  await waiting
  await new Promise((resolve) => { setImmediate(resolve) })
  t.match(kept.reason, { reason: 'policy' })
  t.same(heard.sort(), ids.filter((id) => id !== 'held follower').sort())
})

t.test('a listener that was taken away keeps nothing, and a signal that was forgotten is made again', async (t) => {
  const { signals, sessionOf } = openSignals()
  const listener = (): void => {}
  const listened = (): void => {
    const signal = signals.of(sessionOf('s'))
    signal.addEventListener('abort', listener)
    signal.removeEventListener('abort', listener)
  }
  listened()
  await collected(() => signals.size() === 0)
  const again = signals.of(sessionOf('s'))
  signals.end([{ id: 's', reason: 'logout' }])
  t.match(again.reason, { reason: 'logout' })
  const third = signals.of(sessionOf('s'))
  // What is left of the older ones goes, and takes nothing of this one.
  let rounds = 10
  await collected(() => rounds-- === 0)
  t.equal(signals.of(sessionOf('s')), third)
})

t.test('a signal\'s reason says from which other device the session was ended, heard live or asked for after', async (t) => {
  const { app, address } = await buildApp(t)
  const [phone, laptop] = [await logIn(address), await logIn(address)]
  const session = await app.sessions.get(phone.id) as Session
  const live = app.sessions.signal({ ...session, userId: phone.userId })
  t.equal((await laptop.ask('DELETE', `/api/sessions/${phone.id}`)).status, 200)
  if (!live.aborted) await once(live, 'abort')
  const { body } = await laptop.ask<Session>('GET', '/api/sessions/current')
  const expected = { code: 'SESSION_REVOKED', reason: 'revoked_by_user', by: { deviceName: body.deviceName } }
  t.match(live.reason, expected)
  const late = app.sessions.signal({ ...session, userId: phone.userId })
  if (!late.aborted) await once(late, 'abort')
  t.match(late.reason, expected)
})

// Last in this file: each collection of memory goes through what they leave.
t.test('20,000 signals at once are a few statements, and others\' requests go on', async (t) => {
  const database = await createDatabase(t)
  const counter = await countStatements(t, database.url)
  const { app, address } = await buildApp(t, { database, options: { database: { url: counter.url, pool: { min: 0, max: 2 } } } })
  const device = await logIn(address)
  await database.query(`insert into live_session (id, user_id, device_name, device_type, user_agent, expires_at)
    select gen_random_uuid(), 'crowd-' || n, 'Device', 'desktop', '', now() + interval '1 day' from generate_series(1, 20000) n`)
  await database.query("update live_session set revoked_at = now() where user_id = 'crowd-20000'")
  const rows = await database.query<{ id: string, userId: string, expiresAt: Date }>('select id, user_id as "userId", expires_at as "expiresAt" from live_session where user_id like \'crowd-%\' order by created_at, length(user_id), user_id')
  counter.take()
  const signals = rows.map(({ expiresAt, ...row }) => app.sessions.signal({ ...row, expiresAt: expiresAt.toISOString() }))
  const begin = performance.now()
  t.equal((await logIn(address)).userId, device.userId)
  const loginMs = performance.now() - begin
  const last = signals.at(-1) as AbortSignal
  if (!last.aborted) await once(last, 'abort')
  t.match(last.reason, { code: 'SESSION_REVOKED' }, 'the last one has been asked')
  t.equal(signals.filter(({ aborted }) => aborted).length, 1)
  const asked = counter.take().filter((statement) => statement.includes('unnest($1::uuid[]) as asked')).length
  t.ok(asked <= 25, `${asked} statements`)
  t.comment(`a login beside them took ${Math.round(loginMs)} ms`)
})
