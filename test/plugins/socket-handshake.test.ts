/** All checks of the socket come before the 101: subprotocol, origin, session, number; with the whole error body (R14, R26, R27). */
import { once } from 'node:events'
import t from 'tap'
import { buildApp } from '../helpers/app.ts'
import { ask, logIn, openSocket, type LiveSocket } from '../helpers/device.ts'
import { askRaw, connectTo, requestHead } from '../helpers/wire.ts'

const PROTOCOL = 'live-sessions.v1'

/** The answer that refused it; `{status: 101}` when nothing did. */
async function outcome (socket: LiveSocket): Promise<{ status: number, body?: unknown }> {
  const refused = await socket.refused
  if (refused !== null) return { status: refused.status, body: JSON.parse(refused.body) as unknown }
  await socket.next('welcome')
  socket.ws.close()
  await socket.closed
  return { status: 101 }
}

/** One app for all that need no other: each test has sessions of its own. */
const { address } = await buildApp(t)

t.test('the first subprotocol offered must be live-sessions.v1', async (t) => {
  const { token } = await logIn(address)
  for (const protocols of [[], ['graphql-ws'], [`bearer.${token}`, PROTOCOL], ['live-sessions.v2', PROTOCOL], ['Live-Sessions.v1']]) {
    t.match(await outcome(openSocket(address, protocols, { authorization: `Bearer ${token}` })), { status: 400, body: { statusCode: 400, message: /live-sessions\.v1/ } }, protocols.join())
  }
})

t.test('only live-sessions.v1 is echoed, never the token', async (t) => {
  const { token } = await logIn(address)
  for (const protocols of [[PROTOCOL, `bearer.${token}`], [PROTOCOL, 'other', `bearer.${token}`]]) {
    const socket = openSocket(address, protocols)
    const [response] = await once(socket.ws, 'upgrade') as [{ headers: Record<string, string>, rawHeaders: string[] }]
    t.equal(response.headers['sec-websocket-protocol'], PROTOCOL)
    t.notMatch(response.rawHeaders.join(), token)
    t.equal(response.headers['sec-websocket-extensions'], undefined, 'no compression')
    t.match(await outcome(socket), { status: 101 })
  }
})

t.test('the origin is the own one or an allowed one, exactly (R14)', async (t) => {
  const { address } = await buildApp(t, { options: { allowedOrigins: ['https://app.example.com'] } })
  const { token } = await logIn(address)
  const { port } = new URL(address)
  const cases: Array<[origin: string | undefined, status: number, viaCookie?: number]> = [
    [address, 101], ['https://app.example.com', 101],
    [undefined, 101, 403],
    ['null', 403], ['https://evil.example', 403], ['https://app.example.com.evil.example', 403], ['https://evil-app.example.com', 403],
    ['http://app.example.com', 403], ['https://app.example.com:444', 403], ['https://app.example.com/', 403], ['https://APP.example.com', 403],
    [`http://127.0.0.1:${Number(port) + 1}`, 403], [`https://127.0.0.1:${port}`, 403], [`http://localhost:${port}`, 403],
    [`${address}.evil.example`, 403], [`${address}@evil.example`, 403], ['', 403]
  ]
  for (const [origin, status, viaCookie = status] of cases) {
    const headers = origin === undefined ? {} : { origin }
    const body = status === 403 || viaCookie === 403 ? { code: 'SESSION_ORIGIN_FORBIDDEN' } : undefined
    const expect = (code: number) => code === 403 ? { status: 403, body } : { status: 101 }
    t.match(await outcome(openSocket(address, [PROTOCOL, `bearer.${token}`], headers)), expect(status), `${origin}, subprotocol`)
    t.match(await outcome(openSocket(address, [PROTOCOL], { ...headers, authorization: `Bearer ${token}` })), expect(status), `${origin}, header`)
    t.match(await outcome(openSocket(address, [PROTOCOL], { ...headers, cookie: `session=${token}` })), expect(viaCookie), `${origin}, cookie`)
  }
})

t.test('without a living session the handshake is 401, with the reason', async (t) => {
  const [device, other] = [await logIn(address), await logIn(address)]
  t.match(await outcome(openSocket(address, [PROTOCOL])), { status: 401, body: { statusCode: 401, code: 'SESSION_REQUIRED', error: 'Unauthorized' } })
  t.match(await outcome(openSocket(address, [PROTOCOL, 'bearer.'])), { status: 401, body: { code: 'SESSION_TOKEN_INVALID' } })
  await other.ask('DELETE', `/api/sessions/${device.id}`)
  t.match(await outcome(openSocket(address, [PROTOCOL, `bearer.${device.token}`])),
    { status: 401, body: { code: 'SESSION_REVOKED', reason: 'revoked_by_user', message: 'Session expired or revoked. Please log in again.' } })
})

t.test('one session has a limited number of sockets, even when they are opened at once', async (t) => {
  let arrived = 0
  let allArrived: () => void = () => {}
  const all = new Promise<void>((resolve) => { allArrived = resolve })
  const { address } = await buildApp(t, {
    options: { socket: { maxPerSession: 3 } },
    // The app's own hooks may wait: what was counted before them is not true any more.
    before: (app) => {
      app.addHook('onRequest', async (request) => { if (request.headers.upgrade !== undefined && ++arrived === 12) allArrived() })
      app.addHook('preHandler', async (request) => { if (request.headers.upgrade !== undefined) await all })
    }
  })
  const [device, other] = [await logIn(address), await logIn(address)]
  const sockets = Array.from({ length: 12 }, () => openSocket(address, [PROTOCOL, `bearer.${device.token}`]))
  const refused = (await Promise.all(sockets.map(async ({ refused }) => await refused))).filter((answer) => answer !== null)
  t.equal(refused.length, 9)
  for (const answer of refused) t.match({ ...answer, body: JSON.parse(answer.body) as unknown }, { status: 429, body: { code: 'SESSION_RATE_LIMITED' } })
  await other.connect()
  const open = sockets.filter(({ ws }) => ws.readyState === ws.OPEN)
  t.equal(open.length, 3)
  const [first] = open
  if (first === undefined) return
  first.ws.close()
  await first.closed
  t.ok(await device.connect(), 'one that closes makes room')
})

t.test('a plain GET is told that this is a WebSocket', async (t) => {
  const { token } = await logIn(address)
  const answer = await ask(address, 'GET', '/api/sessions/socket', { token })
  t.match(answer, { status: 426, body: { statusCode: 426, message: /WebSocket/ } })
  t.equal(answer.headers.get('upgrade'), 'websocket')
})

t.test('a plain GET is judged like the handshake, and a page names its origin itself', async (t) => {
  const { address } = await buildApp(t, { options: { allowedOrigins: ['https://app.example.com', 'capacitor://localhost', 'chrome-extension://abcdefghijklmnop', 'safari-web-extension://4F3A'] } })
  const { token } = await logIn(address)
  const asked = async (query: string, headers: Record<string, string>) => (await ask(address, 'GET', `/api/sessions/socket${query}`, { headers })).status
  const cookie = { cookie: `session=${token}` }
  for (const origin of [address, 'https://app.example.com', 'capacitor://localhost', 'chrome-extension://abcdefghijklmnop', 'safari-web-extension://4F3A']) {
    t.equal(await asked(`?origin=${encodeURIComponent(origin)}`, cookie), 426, origin)
    t.equal(await asked('', { ...cookie, origin }), 426, `${origin}, as a header`)
    t.match(await outcome(openSocket(address, [PROTOCOL], { ...cookie, origin })), { status: 101 }, `${origin}, as a handshake`)
  }
  for (const origin of ['http://localhost:5173', 'null', '', 'capacitor://localhost2', 'capacitor://localhost/', 'ionic://localhost', 'http://localhost', 'chrome-extension://ABCDEFGHIJKLMNOP', 'safari-web-extension://4f3a']) {
    t.equal(await asked(`?origin=${encodeURIComponent(origin)}`, cookie), 403, origin)
    t.match(await outcome(openSocket(address, [PROTOCOL], { ...cookie, origin })), { status: 403, body: { code: 'SESSION_ORIGIN_FORBIDDEN' } }, `${origin}, as a handshake`)
  }
  t.equal(await asked(`?origin=${encodeURIComponent(address)}`, { ...cookie, origin: 'https://evil.example' }), 403, 'what the browser says counts')
  t.equal(await asked('?origin=https://evil.example', {}), 403, 'before the credential, as in a handshake')
  t.equal(await asked('', {}), 401)
})

t.test('a handshake whose client is gone while a hook is pending ends nothing', async (t) => {
  let reached: () => void = () => {}
  let proceed: () => void = () => {}
  let pending = new Promise<void>(() => {})
  const { address } = await buildApp(t, {
    before: (app) => { app.addHook('onRequest', async (request) => { if (request.headers['x-wait'] !== undefined) { reached(); await pending } }) }
  })
  const { token, ask: askAs } = await logIn(address)
  for (const leave of ['resetAndDestroy', 'destroy', 'end'] as const) {
    const waiting = new Promise<void>((resolve) => { reached = resolve })
    pending = new Promise<void>((resolve) => { proceed = resolve })
    const connection = connectTo(address)
    connection.on('error', () => {})
    connection.write(requestHead('GET', '/api/sessions/socket', {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-protocol': `${PROTOCOL}, bearer.${token}`,
      'x-wait': '1'
    }))
    await waiting
    connection[leave]()
    if (leave !== 'end') await once(connection, 'close')
    t.equal((await askAs('GET', '/api/sessions/current')).status, 200)
    proceed()
    t.equal((await askAs('GET', '/api/sessions/current')).status, 200, `alive after ${leave}`)
    connection.destroy()
  }
  const socket = await (await logIn(address)).connect()
  t.equal(socket.messages[0]?.type, 'welcome')
})

t.test('R26: a handshake that a hook of the app\'s never lets go is given up after ten seconds, and holds no place', { timeout: 900_000 }, async (t) => {
  const { address } = await buildApp(t, {
    options: { socket: { maxPerSession: 1 } },
    before: (app) => { app.addHook('preHandler', async (request) => { if (request.headers['x-hang'] !== undefined) await new Promise(() => {}) }) }
  })
  const device = await logIn(address)
  const hanging = Array.from({ length: 20 }, () => openSocket(address, [PROTOCOL, `bearer.${device.token}`], { 'x-hang': '1' }))
  t.ok(await device.connect(), 'others are let in meanwhile')
  const began = performance.now()
  for (const { refused } of hanging) t.match(await refused, { status: 503 })
  t.ok(performance.now() - began < 20_000)
})

t.test('a handshake that a hook of the app\'s holds up is given up after ten seconds, and its connection closed', async (t) => {
  let held = 0
  const { address } = await buildApp(t, {
    before: async (app) => {
      app.addHook('preValidation', (request, _reply, done) => {
        if (request.headers.upgrade === undefined) done()
        else held++
      })
    }
  })
  const { token } = await logIn(address)
  const answer = await askRaw(address, 'GET', '/api/sessions/socket', { authorization: `Bearer ${token}`, connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==', 'sec-websocket-protocol': 'live-sessions.v1' })
  t.match(answer, /^HTTP\/1\.1 503 [^]*SESSION_STORE_UNAVAILABLE/)
  t.equal(held, 1)
})
