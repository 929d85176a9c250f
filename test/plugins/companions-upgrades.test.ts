/** Others hear the upgrades of an app's server, too: Socket.IO, a server of ws, a proxy. Theirs stay theirs, and ours stay ours. */
import { once } from 'node:events'
import httpProxy from '@fastify/http-proxy'
import websocket from '@fastify/websocket'
import Fastify, { type FastifyInstance } from 'fastify'
import { Server as SocketServer, type ServerOptions } from 'socket.io'
import t, { type Test } from 'tap'
import { WebSocket, WebSocketServer } from 'ws'
import { buildApp } from '../helpers/app.ts'
import { logIn, openSocket } from '../helpers/device.ts'
import { askRaw } from '../helpers/wire.ts'

const WEB_SOCKET = { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }

/** The first message of a socket of somebody else's. */
async function firstMessage (address: string, path: string, protocols: string[] = []): Promise<string> {
  const socket = new WebSocket(address.replace('http', 'ws') + path, protocols)
  const [data] = await once(socket, 'message') as [Buffer]
  socket.close()
  await once(socket, 'close')
  return String(data)
}

/** Login, socket, logout, through to the end. */
async function checkOurs (t: Test, address: string): Promise<void> {
  const [phone, laptop] = [await logIn(address), await logIn(address)]
  const socket = await phone.connect()
  t.equal((await laptop.ask('DELETE', `/api/sessions/${phone.id}`)).status, 200)
  await socket.next('logout')
  t.match(await socket.closed, { code: 4401 })
  t.match(await openSocket(address, ['live-sessions.v1', `bearer.${phone.token}`]).refused, { status: 401 })
}

function useSocketIo (app: FastifyInstance, options: Partial<ServerOptions> = {}): void {
  new SocketServer().attach(app.server, options)
}

const MOMENTS = {
  'before ours': { before: useSocketIo },
  'after ours': { after: useSocketIo },
  'when all is loaded': { after: (app: FastifyInstance) => { app.addHook('onReady', async () => { useSocketIo(app) }) } }
}

for (const [moment, placed] of Object.entries(MOMENTS)) {
  t.test(`Socket.IO attached ${moment} has its sockets, and we have ours`, async (t) => {
    const { app, address } = await buildApp(t, placed)
    t.match(await firstMessage(address, '/socket.io/?EIO=4&transport=websocket'), /^0\{"sid":/)
    await checkOurs(t, address)
    t.match(await (await fetch(`${address}/socket.io/?EIO=4&transport=polling`)).text(), /^0\{"sid":/)
    const socket = await (await logIn(address)).connect()
    await app.close()
    t.match(await socket.closed, { code: 1012 })
  })
}

t.test('Socket.IO ends upgrades that it does not know, but not a slow handshake of ours', async (t) => {
  let arrived: () => void = () => {}
  const waiting = new Promise<void>((resolve) => { arrived = resolve })
  let proceed: () => void = () => {}
  const held = new Promise<void>((resolve) => { proceed = resolve })
  const { address } = await buildApp(t, {
    before: (app) => {
      useSocketIo(app, { destroyUpgradeTimeout: 50 })
      app.addHook('preHandler', async (request) => {
        if (request.headers.upgrade === undefined) return
        arrived()
        await held
      })
    }
  })
  const { token } = await logIn(address)
  const socket = openSocket(address, ['live-sessions.v1', `bearer.${token}`])
  await waiting
  // Its clock for this one began later.
  t.equal(await askRaw(address, 'GET', '/nobodys', WEB_SOCKET), '')
  proceed()
  t.ok(await socket.next('welcome'))
})

t.test('a server of ws with a path of its own has its sockets, and we have ours', async (t) => {
  const { app, address } = await buildApp(t, {
    before: (app) => {
      const server = new WebSocketServer({ server: app.server, path: '/raw' })
      server.on('connection', (socket) => { socket.send('raw') })
      app.server.once('upgrade', () => {})
    }
  })
  const listeners = app.server.listeners('upgrade')
  t.equal(await firstMessage(address, '/raw'), 'raw')
  await checkOurs(t, address)
  t.match(await askRaw(address, 'GET', '/elsewhere', WEB_SOCKET), /^HTTP\/1\.1 400 /, 'as it answers without us')
  for (const listener of listeners.slice(1)) app.server.removeListener('upgrade', listener as () => void)
  t.match(await askRaw(address, 'GET', '/elsewhere', WEB_SOCKET), /^HTTP\/1\.1 404 /, 'its listener can be removed')
})

for (const [beside, prepare] of Object.entries({ 'nothing else': () => {}, 'Socket.IO': useSocketIo })) {
  t.test(`a proxy of WebSockets below a prefix has its own, beside ${beside}, and we have ours`, async (t) => {
    const upstream = Fastify()
    t.teardown(async () => { await upstream.close() })
    await upstream.register(websocket)
    upstream.get('/hello', { websocket: true }, (socket) => { socket.send('hello from behind') })
    const behind = await upstream.listen({ port: 0, host: '127.0.0.1' })
    const { address } = await buildApp(t, {
      before: async (app) => {
        await app.register(httpProxy, { upstream: behind, prefix: '/behind', websocket: true })
        prepare(app)
      }
    })
    t.equal(await firstMessage(address, '/behind/hello'), 'hello from behind')
    t.equal(await firstMessage(address, '/behind/hello', ['live-sessions.v1']), 'hello from behind', 'also for those who offer our subprotocol')
    await checkOurs(t, address)
    if (beside === 'nothing else') t.match(await askRaw(address, 'GET', '/elsewhere', WEB_SOCKET), /^HTTP\/1\.1 404 /)
    else t.match(await firstMessage(address, '/socket.io/?EIO=4&transport=websocket'), /^0\{"sid":/)
  })
}

t.test('a proxy of everything else leaves our socket alone', async (t) => {
  const upstream = Fastify()
  t.teardown(async () => { await upstream.close() })
  await upstream.register(websocket)
  upstream.get('/hello', { websocket: true }, (socket) => { socket.send('hello from behind') })
  const behind = await upstream.listen({ port: 0, host: '127.0.0.1' })
  for (const when of ['before', 'after'] as const) {
    const { address } = await buildApp(t, { [when]: async (app: FastifyInstance) => { await app.register(httpProxy, { upstream: behind, websocket: true }) } })
    t.equal(await firstMessage(address, '/hello'), 'hello from behind', when)
    await checkOurs(t, address)
  }
})
