/** Timeouts on a socket: it hears its own expiry; and it counts as activity, or ends when its session goes idle (R29). */
import t from 'tap'
import { until } from '../helpers/cluster.ts'
import { buildApp } from '../helpers/app.ts'
import { logIn } from '../helpers/device.ts'

// They wait for times that a slow machine does not miss, each on its own app.
t.jobs = 4

t.test('at the absolute end a socket hears logout with the reason expired, and is closed with 4401', { buffered: true }, async (t) => {
  const { address } = await buildApp(t, { options: { absoluteTimeoutMs: 8_000 } })
  const socket = await (await logIn(address)).connect()
  t.match(await socket.next('logout'), { reason: 'expired' })
  t.match(await socket.closed, { code: 4401 })
})

t.test('with countsAsActivity off a silent socket ends when its session goes idle, on its own, and durably', { buffered: true }, async (t) => {
  const { address, database } = await buildApp(t, { options: { idleTimeoutMs: 5_000, activityIntervalMs: 100, socket: { countsAsActivity: false } } })
  const phone = await logIn(address)
  const socket = await phone.connect()
  t.match(await socket.next('logout'), { sessionId: phone.id, reason: 'idle_timeout' })
  t.match(await socket.closed, { code: 4401 })
  t.match(await database.query('select revoked_reason from live_session where id = $1', [phone.id]), [{ revoked_reason: 'idle_timeout' }])
})

t.test('with countsAsActivity off, requests keep the session and its socket alive', { buffered: true }, async (t) => {
  const { address } = await buildApp(t, { options: { idleTimeoutMs: 5_000, activityIntervalMs: 100, socket: { countsAsActivity: false } } })
  const phone = await logIn(address)
  const socket = await phone.connect()
  const over = performance.now() + 7_000
  await until(() => phone.ask('GET', '/api/sessions/current'), () => performance.now() > over)
  t.notOk(socket.messages.some(({ type }) => type === 'logout'))
  t.equal(socket.ws.readyState, socket.ws.OPEN)
})

t.test('with countsAsActivity on an open socket keeps its session alive, on the other node too; without it the session goes idle', { buffered: true }, async (t) => {
  const options = { idleTimeoutMs: 5_000, activityIntervalMs: 100 }
  const { address, database } = await buildApp(t, { options })
  const other = await buildApp(t, { database, options })
  const [open, closed] = [await logIn(address), await logIn(address)]
  const socket = await open.connect()
  const idle = async () => await database.query("select id from live_session where id = $1 and last_activity_at < now() - interval '6 seconds'", [closed.id])
  await until(idle, (rows) => rows.length === 1)
  t.equal((await open.ask('GET', '/api/sessions/current', { at: other.address })).status, 200)
  t.match(await closed.ask('GET', '/api/sessions/current', { at: other.address }), { status: 401, body: { reason: 'idle_timeout' } })
  t.notOk(socket.messages.some(({ type }) => type === 'logout'))
})
