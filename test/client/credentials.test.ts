/** Where the client knocks, and which credentials it shows there (R16). */
import t from 'tap'
import { connectLiveSession } from '../../src/client/index.ts'
import { collectReports, connectClient, startServer } from '../helpers/client-harness.ts'

t.test('without a token nothing but the protocol is offered, and the cookie goes with the question', async (t) => {
  const server = await startServer(t)
  let asked: RequestInit | undefined
  const client = connectClient(t, server.url, {
    fetch: async (input, init) => {
      asked = init
      return await fetch(input, init)
    }
  })
  const peer = await server.peers.next()
  t.equal(peer.request.url, '/api/sessions/socket')
  t.equal(peer.request.headers['sec-websocket-protocol'], 'live-sessions.v1')
  peer.ws.terminate()
  const question = await server.questions.next()
  t.equal(question.headers.authorization, undefined)
  t.match(asked, { cache: 'no-store', credentials: 'include', redirect: 'error' })
  question.answer(200)
  await client.reached('waiting')
})

t.test('a token goes into the second subprotocol and the Authorization header, never into a URL', async (t) => {
  const server = await startServer(t)
  connectClient(t, server.url, { token: 'a.b-c.d_e' })
  const peer = await server.peers.next()
  t.equal(peer.request.headers['sec-websocket-protocol'], 'live-sessions.v1,bearer.a.b-c.d_e')
  t.equal(peer.ws.protocol, 'live-sessions.v1')
  t.equal(peer.request.url, '/api/sessions/socket')
  peer.ws.terminate()
  const question = await server.questions.next()
  t.equal(question.headers.authorization, 'Bearer a.b-c.d_e')
  t.equal(question.url, '/api/sessions/current')
})

t.test('a token function is called anew for every connect and every question', async (t) => {
  const server = await startServer(t)
  let calls = 0
  const client = connectClient(t, server.url, { token: async () => `token-${++calls}` })
  const first = await server.peers.next()
  t.match(first.request.headers['sec-websocket-protocol'], /bearer\.token-1$/)
  first.ws.terminate()
  const question = await server.questions.next()
  t.equal(question.headers.authorization, 'Bearer token-2')
  question.answer(200)
  await client.reached('waiting')
  client.clock.advance(30_000)
  t.match((await server.peers.next()).request.headers['sec-websocket-protocol'], /bearer\.token-3$/)
})

t.test('a token function that fails is reported and tried again: no credentials, no question, no sign-out', async (t) => {
  const server = await startServer(t)
  const reports = collectReports(t)
  const answers: Array<() => unknown> = [() => { throw new Error('sync') }, async () => { throw new Error('async') }, () => '', async () => null]
  const client = connectClient(t, server.url, { token: () => (answers.shift()?.() ?? 'good') as string })
  for (const message of ['sync', 'async', /non-empty string/, /non-empty string/]) {
    await client.reached('waiting')
    t.match(await reports.next(), { message })
    client.clock.advance(30_000)
  }
  t.match((await server.peers.next()).request.headers['sec-websocket-protocol'], /bearer\.good$/)
  t.equal(server.questions.size + client.logouts.size, 0)
})

t.test('a token function that fails at the question does not sign out either', async (t) => {
  const server = await startServer(t)
  const reports = collectReports(t)
  let calls = 0
  const client = connectClient(t, server.url, {
    token: () => {
      if (++calls === 2) throw new Error('offline')
      return 'good'
    }
  })
  ;(await server.peers.next()).ws.terminate()
  await client.reached('waiting')
  t.match(await reports.next(), { message: 'offline' })
  t.equal(server.questions.size, 0)
})

t.test('a token function that never answers is given up after 15 s, and its late token not used', async (t) => {
  const server = await startServer(t)
  const gives: Array<(token: string) => void> = []
  const client = connectClient(t, server.url, { token: async () => await new Promise<string>((resolve) => { gives.push(resolve) }) })
  client.clock.advance(15_000)
  t.equal(client.live.state, 'confirming')
  client.clock.advance(10_000)
  t.equal(client.live.state, 'waiting')
  client.clock.advance(30_000)
  gives[2]!('third')
  t.match((await server.peers.next()).request.headers['sec-websocket-protocol'], /bearer\.third$/)
  gives[0]!('first')
  gives[1]!('second')
  await new Promise(setImmediate)
  t.equal(server.handshakes.size, 1)
  t.equal(server.questions.size, 0)
})

t.test('prefix and url say where the server is', async (t) => {
  const server = await startServer(t)
  for (const [options, path] of [
    [{ prefix: '/v2/auth/' }, '/v2/auth/sessions/socket'],
    [{ prefix: '' }, '/sessions/socket'],
    [{ prefix: `${server.url}/api`, url: 'https://elsewhere.example' }, '/api/sessions/socket'],
    [{ url: new URL(server.url) }, '/api/sessions/socket']
  ] as const) {
    connectClient(t, server.url, options)
    t.equal((await server.peers.next()).request.url, path)
  }
})

t.test('https becomes wss, and the page’s own origin is the default', async (t) => {
  const scope = globalThis as { location?: { origin: string } }
  scope.location = { origin: 'https://app.example' }
  t.teardown(() => { delete scope.location })
  const seen = await new Promise<string>((resolve) => {
    class Recorder {
      constructor (url: string) { resolve(url) }
      addEventListener (): void {}
      close (): void {}
    }
    const live = connectLiveSession({ onLogout: () => {}, WebSocket: Recorder as never })
    t.teardown(() => { live.close() })
  })
  t.equal(seen, 'wss://app.example/api/sessions/socket')
})

t.test('without a WebSocket or an origin the call itself fails, and says why', async (t) => {
  const scope = globalThis as { WebSocket?: unknown }
  const original = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket')
  Object.defineProperty(scope, 'WebSocket', { value: undefined, configurable: true, writable: true })
  t.teardown(() => {
    if (original) Object.defineProperty(scope, 'WebSocket', original)
    else delete scope.WebSocket
  })
  t.throws(() => connectLiveSession({ onLogout: () => {}, url: 'http://127.0.0.1' }), { name: 'TypeError', message: /WebSocket/ })
  t.throws(() => connectLiveSession({ onLogout: () => {}, WebSocket: class {} as never }), { name: 'TypeError' })
})
