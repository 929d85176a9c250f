/** How a socket ends: receipt, wiping, expiry, a restart, a peer that answers nothing; and the app's own sockets likewise (R30). */
import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import websocket from '@fastify/websocket'
import t from 'tap'
import { WebSocket } from 'ws'
import { requireSession } from '../../plugins/index.ts'
import type { Session } from '../../src/protocol.ts'
import { until } from '../helpers/cluster.ts'
import { buildApp } from '../helpers/app.ts'
import { logIn, type Device } from '../helpers/device.ts'
import { connectTo, requestHead } from '../helpers/wire.ts'

/** When the device acknowledged its end, as another one sees it. */
async function receiptOf (ended: Device, other: Device): Promise<unknown> {
  const { body } = await other.ask<Session[]>('GET', '/api/sessions?include=ended')
  return body.find(({ id }) => id === ended.id)?.logoutDeliveredAt
}

/** One app for all that need no other: each test has sessions of its own. */
const { address } = await buildApp(t)

t.test('an ack of the logout becomes a receipt that the others see, and closes the socket', async (t) => {
  const [phone, laptop] = [await logIn(address), await logIn(address)]
  const socket = await phone.connect()
  await laptop.ask('DELETE', `/api/sessions/${phone.id}`)
  const { eventId } = await socket.next('logout')
  t.equal(await receiptOf(phone, laptop), null, 'not before the ack')
  socket.ws.send(JSON.stringify({ type: 'ack', eventId: 'another', state: 'delivered' }))
  socket.ws.send(JSON.stringify({ type: 'ack', eventId, state: 'delivered' }))
  t.match(await socket.closed, { code: 4401 })
  t.match(await until(() => receiptOf(phone, laptop), (at) => at !== null), /^\d{4}-.*Z$/)
})

t.test('a client that wipes its data is waited for', async (t) => {
  const [phone, laptop] = [await logIn(address), await logIn(address)]
  const socket = await phone.connect()
  await laptop.ask('DELETE', `/api/sessions/${phone.id}`)
  const { eventId } = await socket.next('logout')
  socket.ws.send(JSON.stringify({ type: 'ack', eventId, state: 'delivered', wiping: true }))
  const closed = once(socket.ws, 'close')
  // Without the wiping it would be closed after a second: that is the fence.
  const other = await laptop.connect()
  await laptop.ask('POST', '/api/auth/logout')
  t.match(await other.closed, { code: 4401 }, 'another one that says nothing is closed by then')
  t.equal(socket.ws.readyState, WebSocket.OPEN)
  socket.ws.send(JSON.stringify({ type: 'ack', eventId, state: 'wiped' }))
  t.equal((await closed)[0], 4401)
})

t.test('after the logout nothing else is read', async (t) => {
  const [phone, laptop] = [await logIn(address), await logIn(address)]
  const socket = await phone.connect()
  await laptop.ask('DELETE', `/api/sessions/${phone.id}`)
  const { eventId } = await socket.next('logout')
  for (const frame of ['not JSON', '{}', Buffer.from('binary')]) socket.ws.send(frame)
  socket.ws.ping()
  await once(socket.ws, 'pong')
  t.equal(socket.ws.readyState, WebSocket.OPEN, 'not even to close it for')
  socket.ws.send(JSON.stringify({ type: 'ack', eventId, state: 'delivered' }))
  t.match(await socket.closed, { code: 4401 })
  t.equal(socket.messages.filter(({ type }) => type === 'logout').length, 1)
})

t.test('a peer that answers nothing is cut after its logout', async (t) => {
  const [phone, laptop] = [await logIn(address), await logIn(address)]
  const connection = connectTo(address)
  connection.on('error', () => {})
  connection.write(requestHead('GET', '/api/sessions/socket', {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-protocol': `live-sessions.v1, bearer.${phone.token}`
  }))
  let heard = ''
  connection.on('data', (chunk: Buffer) => { heard += chunk.toString('latin1') })
  while (!heard.includes('welcome')) await once(connection, 'data')
  const gone = once(connection, 'close')
  await laptop.ask('DELETE', `/api/sessions/${phone.id}`)
  await gone
  t.match(heard, /"type":"logout"/)
})

t.test('at the session\'s absolute end the socket is told, and closed', async (t) => {
  const { address } = await buildApp(t, { options: { absoluteTimeoutMs: 8_000 } })
  const device = await logIn(address)
  const socket = await device.connect()
  t.match(await socket.next('logout'), { sessionId: device.id, reason: 'expired' })
  t.match(await socket.closed, { code: 4401 })
  t.match(await device.ask('GET', '/api/sessions/current'), { status: 401, body: { code: 'SESSION_EXPIRED', reason: 'expired' } })
})

t.test('an app that closes tells its sockets to come back, and waits for no silent one', async (t) => {
  const { app, address } = await buildApp(t)
  const device = await logIn(address)
  const [socket, deaf] = [await device.connect(), await device.connect()]
  deaf.ws.pause()
  const began = performance.now()
  await app.close()
  t.ok(performance.now() - began < 20_000)
  t.match(await socket.closed, { code: 1012 })
  deaf.ws.resume()
  await deaf.closed
})

t.test('the app\'s own socket, once attached, gets the same logout and close, and its frames reach no listener afterwards', async (t) => {
  const heard: string[] = []
  const { address } = await buildApp(t, {
    after: async (app) => {
      await app.register(websocket)
      app.get('/own/chat', { websocket: true, onRequest: requireSession }, (socket, request) => {
        if (request.session !== null) app.sessions.attach(socket, request.session)
        socket.on('message', (data) => {
          heard.push(String(data))
          socket.send(`heard ${String(data)}`)
        })
      })
    }
  })
  const [phone, laptop] = [await logIn(address), await logIn(address)]
  const chat = new WebSocket(`${address.replace('http', 'ws')}/own/chat`, { headers: { authorization: `Bearer ${phone.token}` } })
  const closed = once(chat, 'close')
  await once(chat, 'open')
  chat.send('hello')
  t.equal(String((await once(chat, 'message') as [Buffer])[0]), 'heard hello')
  const told = once(chat, 'message')
  await laptop.ask('DELETE', `/api/sessions/${phone.id}`)
  const message = JSON.parse(String((await told as [Buffer])[0])) as { eventId: string }
  t.match(message, { type: 'logout', sessionId: phone.id, reason: 'revoked_by_user' })
  chat.send('too late')
  chat.send(JSON.stringify({ type: 'ack', eventId: message.eventId, state: 'delivered' }))
  t.equal((await closed)[0], 4401)
  t.same(heard, ['hello'])
  t.match(await until(() => receiptOf(phone, laptop), (at) => at !== null), /Z$/)
})

t.test('an app that closes does not wait for a kept-alive connection whose last request was under way just then', async (t) => {
  let begun = (): void => {}
  let finish = (): void => {}
  const [hasBegun, mayFinish] = [new Promise<void>((resolve) => { begun = resolve }), new Promise<void>((resolve) => { finish = resolve })]
  const { app, address } = await buildApp(t, {
    after: (app) => {
      app.get('/slow', async () => {
        begun()
        await mayFinish
        return 'done'
      })
    }
  })
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => { agent.destroy() })
  const answered = once(get(`${address}/slow`, { agent }), 'response') as Promise<[IncomingMessage]>
  await hasBegun
  const began = performance.now()
  const closed = app.close()
  // By then Fastify has closed what was idle.
  await until(async () => app.server.listening, (listening) => !listening)
  finish()
  const [response] = await answered
  t.equal(response.statusCode, 200, 'it gets its answer')
  response.resume()
  await closed
  t.ok(performance.now() - began < 20_000)
})
