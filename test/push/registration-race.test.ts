/** A session that ends after its handshake was let in and before its socket is registered: the socket is logged out all the same (R29). */
import { once } from 'node:events'
import t from 'tap'
import { WebSocket, WebSocketServer } from 'ws'
import { buildApp } from '../helpers/app.ts'
import { logIn, openSocket, type Device, type LiveSocket } from '../helpers/device.ts'

/** What happens in the gap: after the last look before the 101, and before the socket's handler. */
let inGap = async (): Promise<unknown> => null
const { app, address, database } = await buildApp(t, {
  before (app) {
    app.addHook('onRoute', (route) => {
      if (route.url.endsWith('/sessions/socket')) route.preHandler = async () => { await inGap() }
    })
  }
})

function connect (address: string, { token }: Device): LiveSocket {
  return openSocket(address, ['live-sessions.v1', `bearer.${token}`])
}

t.afterEach(() => { inGap = async () => null })

t.test('ended on this node in the gap: logout instead of welcome, with the event of the end, then 4401', async (t) => {
  const device = await logIn(address, 'here@example.com')
  inGap = async () => await app.sessions.revoke(device.id, { reason: 'reported_by_user' })
  const socket = connect(address, device)
  t.equal(await socket.refused, null, 'the handshake was accepted')
  t.match(await socket.closed, { code: 4401 })
  const [row] = await database.query('select revoked_event_id as event from live_session where id = $1', [device.id])
  t.match(socket.messages, [{ type: 'logout', sessionId: device.id, reason: 'reported_by_user', eventId: row?.['event'] }])
  t.equal(socket.messages.length, 1)
})

t.test('ended on another node in the gap: the same', async (t) => {
  const there = await buildApp(t, { database })
  const device = await logIn(address, 'there@example.com')
  const other = await (await logIn(address, 'there@example.com')).connect()
  inGap = async () => await there.app.sessions.revoke(device.id)
  const socket = connect(address, device)
  t.match(await socket.closed, { code: 4401 })
  t.match(socket.messages, [{ type: 'logout', reason: 'policy' }])
  t.equal(socket.messages.length, 1)
  t.notOk(other.messages.some(({ type }) => type === 'logout'), 'nobody else is')
})

t.test('ended by hand in psql in the gap, unknown to the node: with the next renewal, once', async (t) => {
  const device = await logIn(address, 'psql@example.com')
  inGap = async () => await database.query("update live_session set revoked_at = now(), revoked_reason = 'logout' where id = $1", [device.id])
  const socket = connect(address, device)
  t.match(await socket.next('logout'), { reason: 'logout' })
  t.match(await socket.closed, { code: 4401 })
  t.equal(socket.messages.filter(({ type }) => type === 'logout').length, 1)
})

t.test('ended before the last look: the handshake itself is refused', async (t) => {
  const { app, address } = await buildApp(t, {
    before (instance) {
      instance.addHook('preValidation', async (request) => { if (request.url.endsWith('/sessions/socket')) await app.sessions.revoke(request.session?.id ?? '') })
    }
  })
  const socket = connect(address, await logIn(address))
  t.match(await socket.refused, { status: 401, body: /SESSION_REVOKED/ })
})

t.test('an app\'s own socket that is attached after its session ended is logged out too', async (t) => {
  const device = await logIn(address, 'attached@example.com')
  const session = { id: device.id, userId: device.userId, expiresAt: new Date(Date.now() + 3_600_000).toISOString() }
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  t.teardown(() => { server.close() })
  const heard: string[] = []
  server.on('connection', (socket) => {
    void app.sessions.revoke(session.id).then(() => {
      app.sessions.attach(socket, session)
      socket.on('message', (data: Buffer) => { heard.push(data.toString()) })
      // A frame that is there at once, before any row could have been read.
      socket.emit('message', Buffer.from('at once'), false)
    })
  })
  const { port } = server.address() as { port: number }
  const client = new WebSocket(`ws://127.0.0.1:${port}`)
  const messages: Array<{ type: string }> = []
  client.on('message', (data: Buffer) => {
    messages.push(JSON.parse(data.toString()) as { type: string })
    client.send('still here')
  })
  const code = await new Promise((resolve) => { client.on('close', resolve) })
  t.equal(code, 4401)
  t.match(messages, [{ type: 'logout', sessionId: device.id }])
  t.strictSame(heard, [], 'nothing that it says reaches the app, from the first frame on')
})
