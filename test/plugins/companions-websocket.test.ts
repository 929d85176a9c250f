/** An app may use @fastify/websocket itself, wherever it registers it and with whatever options: they are for its sockets, not for ours. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import websocket from '@fastify/websocket'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { WebSocket } from 'ws'
import { buildApp } from '../helpers/app.ts'
import { ask, logIn } from '../helpers/device.ts'
import { until } from '../helpers/manual-clock.ts'
import { place, PLACEMENTS } from '../helpers/placements.ts'
import { askRaw, connectTo, requestHead } from '../helpers/wire.ts'

async function useWebSockets (scope: FastifyInstance): Promise<void> {
  await scope.register(websocket)
  scope.post('/own/broadcast', async () => { for (const client of scope.websocketServer.clients) client.send('to everybody') })
  scope.get('/own/echo', { websocket: true }, (socket) => {
    socket.on('message', (data) => { socket.send(`echo ${String(data)}`) })
  })
}

for (const placement of PLACEMENTS) {
  t.test(`both kinds of sockets work with the app's @fastify/websocket registered ${placement}`, async (t) => {
    const { app, address } = await buildApp(t, place(placement, useWebSockets))
    const [phone, laptop] = [await logIn(address), await logIn(address)]
    const [socket, other] = [await phone.connect(), await laptop.connect()]

    const echo = new WebSocket(`${address.replace('http', 'ws')}/own/echo`)
    const echoClosed = new Promise((resolve) => { echo.once('close', resolve) })
    if (placement === 'not at all') {
      const [error] = await once(echo, 'error') as [Error]
      t.match(error.message, /404/, 'an upgrade that nobody wants is answered')
    } else {
      await once(echo, 'open')
      echo.send('hello')
      const [data] = await once(echo, 'message') as [Buffer]
      t.equal(String(data), 'echo hello')
      const heard = once(echo, 'message')
      await ask(address, 'POST', '/own/broadcast')
      const [broadcast] = await heard as [Buffer]
      t.equal(String(broadcast), 'to everybody', 'which is not said on our sockets')
    }

    t.equal((await laptop.ask('DELETE', `/api/sessions/${phone.id}`)).status, 200)
    t.match(await socket.next('logout'), { sessionId: phone.id })
    t.match(await socket.closed, { code: 4401 })

    const began = performance.now()
    await app.close()
    t.ok(performance.now() - began < 20_000, 'the app closes while sockets are open')
    t.match(await other.closed, { code: 1012 })
    t.same(new Set(other.messages.map(({ type }) => type)), new Set(['welcome', 'sessions_changed']), 'and heard nothing but our protocol')
    await echoClosed
  })
}

for (const placement of PLACEMENTS.filter((placement) => placement !== 'not at all')) {
  t.test(`options that the app gives its @fastify/websocket, registered ${placement}, are not for our socket`, async (t) => {
    const refused: string[] = []
    const { app, address } = await buildApp(t, place(placement, async (scope) => {
      await scope.register(websocket, {
        options: {
          handleProtocols: () => 'of-the-app',
          clientTracking: false,
          maxPayload: 32,
          perMessageDeflate: { threshold: 0 },
          verifyClient: ({ req }: { req: IncomingMessage }) => {
            refused.push(req.url ?? '')
            return req.url !== '/api/sessions/socket'
          }
        },
        errorHandler: (_error, socket) => { socket.terminate() }
      })
      scope.get('/own/echo', { websocket: true }, (socket) => {
        socket.on('message', (data) => { socket.send(`echo ${String(data)}`) })
      })
    }))
    const [phone, laptop] = [await logIn(address), await logIn(address)]
    const socket = await phone.connect()
    t.equal(socket.ws.protocol, 'live-sessions.v1')
    t.equal(socket.ws.extensions, '')
    socket.ws.send(JSON.stringify({ type: 'nothing that is known', padding: 'x'.repeat(15_000) }))
    const ended = await laptop.ask('DELETE', `/api/sessions/${phone.id}`)
    t.match(ended, { status: 200, body: { confirmed: true, sockets: { notified: 1 } } })
    const { eventId } = await socket.next('logout')
    socket.ws.send(JSON.stringify({ type: 'ack', eventId, state: 'delivered' }))
    t.match(await socket.closed, { code: 4401 })
    const receipt = async (): Promise<unknown> => (await laptop.ask('GET', `/api/sessions/${phone.id}`)).body['logoutDeliveredAt']
    await until(async () => typeof await receipt() === 'string')

    const echo = new WebSocket(`${address.replace('http', 'ws')}/own/echo`, ['live-sessions.v1', 'of-the-app'])
    await once(echo, 'open')
    t.equal(echo.protocol, 'of-the-app', 'the app\'s own sockets have its options')
    echo.send('hello')
    const [data] = await once(echo, 'message') as [Buffer]
    t.equal(String(data), 'echo hello')
    echo.send('x'.repeat(33))
    await once(echo, 'close')
    t.same(refused, ['/own/echo'])
    const began = performance.now()
    const other = await laptop.connect()
    await app.close()
    t.ok(performance.now() - began < 20_000, 'the app closes while sockets are open')
    t.match(await other.closed, { code: 1012 })
  })
}

t.test('a listener for upgrades that comes when the app listens already gets its own upgrades', async (t) => {
  const { app, address } = await buildApp(t)
  app.server.on('upgrade', (request, socket) => {
    if (request.url === '/own/late') socket.end('HTTP/1.1 418 I am late\r\nConnection: close\r\n\r\n')
  })
  t.match(await askRaw(address, 'GET', '/own/late', { connection: 'upgrade', upgrade: 'websocket' }), /^HTTP\/1\.1 418 /)
  const socket = await (await logIn(address)).connect()
  socket.ws.close()
  await socket.closed
})

t.test('injectWS of @fastify/websocket opens our socket, too', async (t) => {
  const { app, address } = await buildApp(t, place('before', useWebSockets))
  const { token, id, ask: askAs } = await logIn(address)
  const socket = await app.injectWS('/api/sessions/socket', { headers: { authorization: `Bearer ${token}`, 'sec-websocket-protocol': 'live-sessions.v1' } })
  const told: string[] = []
  socket.on('message', (data) => { told.push(String(data)) })
  t.equal((await askAs('DELETE', `/api/sessions/${id}`)).status, 200)
  await until(() => told.some((text) => text.includes('"logout"')))
  socket.terminate()
})

for (const placement of PLACEMENTS) {
  t.test(`a handshake that comes while the app closes is answered, and holds nothing up: @fastify/websocket ${placement}`, async (t) => {
    const { app, address } = await buildApp(t, place(placement, useWebSockets))
    const { token } = await logIn(address)
    const handshakes = ['/api/sessions/socket', '/own/echo', '/nowhere'].map((path) => {
      const head = requestHead('GET', path, { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': randomBytes(16).toString('base64'), 'sec-websocket-protocol': `live-sessions.v1, bearer.${token}` })
      const socket = connectTo(address)
      socket.write(head.subarray(0, 20))
      return { path, socket, rest: head.subarray(20), answer: text(socket) }
    })
    // The server has read the first halves.
    await ask(address, 'GET', '/api/sessions/current', { token })
    const closed = app.close()
    await delay(100)
    for (const { path, socket, rest, answer } of handshakes) {
      socket.write(rest)
      t.match(await answer, /^HTTP\/1\.1 503 /, path)
    }
    await closed
  })
}
