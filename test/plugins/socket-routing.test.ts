/** The handshake goes the way of every request, through Fastify's router: the socket is wherever a plain GET of it is 426. */
import websocket from '@fastify/websocket'
import type { FastifyServerOptions } from 'fastify'
import { Server as SocketServer } from 'socket.io'
import t from 'tap'
import liveSessions from '../../plugins/index.ts'
import { buildApp, PASSWORD, type BuildOptions } from '../helpers/app.ts'
import { ask, logIn, openSocket, type LiveSocket } from '../helpers/device.ts'
import { prepare } from '../helpers/prepare.ts'

const PROTOCOL = 'live-sessions.v1'
/** Everything by which a router may take one address for another. */
const SERVER: FastifyServerOptions = {
  rewriteUrl: ({ url = '' }) => url.replace(/^\/v2\b/, '/api'),
  useSemicolonDelimiter: true,
  routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, ignoreDuplicateSlashes: true }
}
const PATHS = {
  'where it always is': '/api/sessions/socket',
  'with a query string': '/api/sessions/socket?v=1',
  'percent-encoded': '/%61pi/sessions/s%6Fcket',
  'after rewriteUrl': '/v2/sessions/socket',
  'with a slash at its end': '/api/sessions/socket/',
  'with slashes doubled': '/api//sessions/socket',
  'in capitals': '/API/Sessions/SOCKET',
  'with a semicolon': '/api/sessions/socket;v=1'
}

const BESIDE: Record<string, Pick<BuildOptions, 'before'>> = {
  'nothing else': {},
  '@fastify/websocket': { before: async (app) => { await app.register(websocket) } },
  '@fastify/websocket in a scope': { before: (app) => { void app.register(async (scope) => { await scope.register(websocket) }) } },
  'socket.io': { before: (app) => { new SocketServer().attach(app.server) } }
}

for (const [beside, placed] of Object.entries(BESIDE)) {
  t.test(`the socket opens wherever a plain GET of it is 426, beside ${beside}`, async (t) => {
    const { address } = await buildApp(t, { server: SERVER, options: { socket: { maxPerSession: 20 } }, ...placed })
    const [phone, laptop] = [await logIn(address), await logIn(address)]
    const open = (path: string): LiveSocket => openSocket(address, [PROTOCOL, `bearer.${phone.token}`], {}, path)
    for (const [where, path] of Object.entries(PATHS)) {
      t.equal((await phone.ask('GET', path)).status, 426, where)
      t.equal(await open(path).refused, null, where)
    }
    const sockets = Object.values(PATHS).map((path) => open(path))
    for (const socket of sockets) t.match(await socket.next('welcome'), { sessionId: phone.id })
    t.match(await laptop.ask('DELETE', `/api/sessions/${phone.id}`), { status: 200 })
    for (const socket of sockets) {
      await socket.next('logout')
      t.match(await socket.closed, { code: 4401 })
    }
    for (const [where, path] of Object.entries(PATHS)) t.match(await open(path).refused, { status: 401, body: /SESSION_REVOKED/ }, where)
  })
}

for (const [beside, { before }] of Object.entries(BESIDE)) {
  t.test(`the socket of a plugin in a scope with a parameter opens for each of its values, beside ${beside}`, async (t) => {
    const { app, options, listen } = await prepare(t)
    await before?.(app)
    app.register(async (scope) => { await scope.register(liveSessions, options) }, { prefix: '/:tenant(^acme|umbrella$)' })
    const address = await listen()
    for (const tenant of ['acme', 'umbrella']) {
      const { body } = await ask<{ token: string }>(address, 'POST', `/${tenant}/api/auth/login`, { body: { email: 'ada@example.com', password: PASSWORD } })
      const socket = openSocket(address, [PROTOCOL, `bearer.${body.token}`], {}, `/${tenant}/api/sessions/socket`)
      t.ok(await socket.next('welcome'), tenant)
      socket.ws.close()
      await socket.closed
    }
  })
}

t.test('two apps of the plugin in one server, each in a scope of its own, have a socket each', async (t) => {
  const [one, other] = [await prepare(t), await prepare(t)]
  for (const [name, { options }] of Object.entries({ one, other })) {
    one.app.register(async (scope) => { await scope.register(liveSessions, options) }, { prefix: `/${name}` })
  }
  const address = await one.listen()
  for (const name of ['one', 'other']) {
    const { body } = await ask<{ token: string }>(address, 'POST', `/${name}/api/auth/login`, { body: { email: 'ada@example.com', password: PASSWORD } })
    const socket = openSocket(address, [PROTOCOL, `bearer.${body.token}`], {}, `/${name}/api/sessions/socket`)
    t.ok(await socket.next('welcome'), name)
    const stranger = openSocket(address, [PROTOCOL, `bearer.${body.token}`], {}, `/${name === 'one' ? 'other' : 'one'}/api/sessions/socket`)
    t.match(await stranger.refused, { status: 401 })
    socket.ws.close()
    await socket.closed
  }
})
