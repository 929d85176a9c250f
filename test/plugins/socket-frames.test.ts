/** What a client may say on the socket, and what closes it (R27, R30). */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import t from 'tap'
import { buildApp } from '../helpers/app.ts'
import { logIn } from '../helpers/device.ts'

t.test('a frame that is not this protocol\'s closes the socket, with the code that says why', async (t) => {
  const { address } = await buildApp(t)
  const device = await logIn(address)
  const bad: Array<[what: string, frame: string | Buffer, code: number]> = [
    ['binary', Buffer.from('{"type":"ack"}'), 1008],
    ['not JSON', 'hello', 1008],
    ['empty', '', 1008],
    ['half JSON', '{"type":', 1008],
    ['over 16 KB', JSON.stringify({ padding: 'x'.repeat(16_384) }), 1009],
    ['a megabyte', 'x'.repeat(1_048_576), 1009]
  ]
  for (const [what, frame, code] of bad) {
    const socket = await device.connect()
    socket.ws.send(frame)
    t.match(await socket.closed, { code }, what)
  }
  t.equal((await device.ask('GET', '/api/sessions/current')).status, 200, 'the session lives on')
})

t.test('any other JSON is ignored', async (t) => {
  const { address } = await buildApp(t)
  const [device, other] = [await logIn(address), await logIn(address)]
  const socket = await device.connect()
  const ignored = ['1', 'null', 'true', '[]', '{}', '"text"', '{"type":"logout"}', '{"type":"ack"}', '{"type":"ack","eventId":"x","state":"delivered"}',
    '{"type":"ack","eventId":{},"state":[]}', '{"__proto__":{"type":"ack"}}', '{"type":"constructor"}', `{"fits":"${'x'.repeat(16_000)}"}`]
  for (const frame of ignored) socket.ws.send(frame)
  socket.ws.ping()
  await once(socket.ws, 'pong')
  t.equal(socket.ws.readyState, WebSocket.OPEN)
  await other.ask('DELETE', `/api/sessions/${device.id}`)
  t.match(await socket.next('logout'), { sessionId: device.id })
})

t.test('a flood is closed, and so many frames as are allowed are not', async (t) => {
  const { address } = await buildApp(t, { options: { socket: { maxFramesPerTenSeconds: 5 } } })
  const device = await logIn(address)
  const socket = await device.connect()
  for (let i = 0; i < 5; i++) socket.ws.send('{}')
  socket.ws.ping()
  await once(socket.ws, 'pong')
  socket.ws.send('{}')
  t.match(await socket.closed, { code: 1008 })
})

t.test('a peer that gives no sign of life is closed with 4408; one that answers pings stays', async (t) => {
  const { address } = await buildApp(t, { options: { socket: { heartbeatMs: 100 } } })
  const device = await logIn(address)
  const lively = await device.connect()
  const silent = new WebSocket(`${address.replace('http', 'ws')}/api/sessions/socket`, ['live-sessions.v1', `bearer.${device.token}`], { autoPong: false })
  const [code] = await once(silent, 'close') as [number]
  t.equal(code, 4408)
  for (let i = 0; i < 3; i++) await lively.next('heartbeat')
  t.equal(lively.ws.readyState, WebSocket.OPEN)
})
