/** What the client tells of a server that takes no socket from here, and how it comes back when that is mended. */
import t, { type Test } from 'tap'
import type { LiveSessionClientOptions, Problem } from '../../src/client/api.ts'
import { buildApp } from '../helpers/app.ts'
import { logIn } from '../helpers/device.ts'
import { connectClient, Queue, startServer } from '../helpers/client-harness.ts'

function watch (t: Test, url: string, options: Partial<LiveSessionClientOptions> = {}) {
  const problems = new Queue<Problem>()
  return { ...connectClient(t, url, { onProblem: (problem) => { problems.push(problem) }, ...options }), problems }
}

const SECURE_ORIGIN = { statusCode: 403, code: 'SESSION_ORIGIN_FORBIDDEN', error: 'Forbidden', message: 'from another site' }

t.test('a refused handshake is asked about at the socket’s own address, with the same credentials, and told once', async (t) => {
  const server = await startServer(t)
  server.refuse(403)
  const client = watch(t, server.url, { token: 'a.b.c' })
  for (let i = 0; i < 3; i++) {
    const alive = await server.questions.next()
    t.equal(alive.url, '/api/sessions/current')
    alive.answer(200)
    const why = await server.questions.next()
    t.equal(why.url, '/api/sessions/socket')
    t.equal(why.headers.authorization, 'Bearer a.b.c')
    why.answer(403, SECURE_ORIGIN)
    await client.reached('waiting')
    t.same(client.clock.pending, [22_500], 'half of the longest wait, and half of the rest')
    client.hurry()
    t.equal(client.live.state, 'waiting', 'no wake-up makes it hurry')
    client.clock.advance(22_500)
  }
  t.same(await client.problems.next(), { status: 403, code: 'SESSION_ORIGIN_FORBIDDEN', message: 'from another site' })
  t.equal(client.problems.size, 0)
  t.equal(client.logouts.size, 0)
})

t.test('another problem is told, too; when it is mended the client is back, and what comes back is told anew', async (t) => {
  const server = await startServer(t)
  server.refuse(403)
  const client = watch(t, server.url)
  const refuse = async (status: number): Promise<void> => {
    ;(await server.questions.next()).answer(200)
    ;(await server.questions.next()).answer(status, { message: 'no' })
    await client.reached('waiting')
  }
  for (const status of [404, 403, 404, 405]) {
    await refuse(status)
    if (status === 405) server.accept()
    client.clock.advance(30_000)
  }
  const peer = (await server.peers.next()).welcome()
  await client.reached('open')
  client.clock.advance(10_000)
  server.refuse(403)
  peer.ws.terminate()
  ;(await server.questions.next()).answer(200)
  await client.reached('waiting')
  t.equal(server.questions.size, 0, 'a socket that was open was not refused')
  client.clock.advance(30_000)
  await refuse(404)
  t.same([(await client.problems.next()).status, (await client.problems.next()).status, (await client.problems.next()).status, (await client.problems.next()).status], [404, 403, 405, 404])
  t.equal(client.problems.size, 0)
})

t.test('a refusal that the session’s own question meets is the problem', async (t) => {
  for (const [status, body] of [[403, { code: 'SESSION_TLS_REQUIRED', message: 'over HTTPS only' }], [404, { message: 'Route not found' }], [400, {}], [401, 'who are you?']] as const) {
    const server = await startServer(t)
    server.refuse(status)
    const client = watch(t, server.url)
    ;(await server.questions.next()).answer(status, body)
    t.match(await client.problems.next(), { status, code: (body as { code?: string }).code ?? null, message: (body as { message?: string }).message ?? `${server.url}/api/sessions/current answers ${status}` })
    t.equal(client.live.state, 'waiting')
    t.equal(client.logouts.size, 0)
  }
})

t.test('a page that answers in the server’s place is a problem', async (t) => {
  const server = await startServer(t)
  server.refuse(200)
  const client = watch(t, server.url)
  for (let i = 0; i < 2; i++) (await server.questions.next()).answer(200, '<!doctype html>', { 'content-type': 'text/html' })
  t.match(await client.problems.next(), { status: 200, code: null, message: /is not a live-sessions server/ })
})

t.test('WebSockets that do not get through are told at the third in a row, and tried as often as ever', async (t) => {
  const server = await startServer(t)
  server.refuse(502)
  const client = watch(t, server.url)
  for (const wait of [500, 1000, 2000, 4000]) {
    t.equal(client.problems.size, wait === 4000 ? 1 : 0)
    ;(await server.questions.next()).answer(200)
    ;(await server.questions.next()).answer(426, { code: 'SESSION_UPGRADE_REQUIRED', message: 'a proxy' })
    await client.reached('waiting')
    t.same(client.clock.pending, [wait])
    client.clock.advance(wait)
  }
  t.same(await client.problems.next(), { status: 426, code: 'SESSION_UPGRADE_REQUIRED', message: 'a proxy' })
})

t.test('what passes by itself is no problem', async (t) => {
  for (const status of [401, 408, 425, 429, 500, 503]) {
    const server = await startServer(t)
    server.refuse(status)
    const client = watch(t, server.url)
    ;(await server.questions.next()).answer(200)
    ;(await server.questions.next()).answer(status, { code: 'SESSION_RATE_LIMITED' })
    await client.reached('waiting')
    t.same(client.clock.pending, [500])
    t.equal(client.problems.size + client.logouts.size, 0, `${status}`)
  }
})

t.test('an app that closes in onStateChange hears of no problem any more', async (t) => {
  const server = await startServer(t)
  server.refuse(403)
  const client = watch(t, server.url, { onStateChange: (state) => { if (state === 'waiting') client.live.close() } })
  ;(await server.questions.next()).answer(200)
  ;(await server.questions.next()).answer(403)
  await client.reached('closed')
  t.equal(client.problems.size, 0)
})

t.test('the console says it on a dev server, and nowhere else', async (t) => {
  const scope = globalThis as { location?: { origin: string }, __DEV__?: boolean }
  t.teardown(() => { delete scope.location; delete scope.__DEV__ })
  const hints = async (): Promise<string[]> => {
    const server = await startServer(t)
    server.refuse(404)
    const warned = t.capture(console, 'warn')
    const client = watch(t, server.url)
    ;(await server.questions.next()).answer(404, { message: 'no such route' })
    await client.problems.next()
    return warned().map(({ args }) => String(args[0]))
  }
  for (const origin of ['http://localhost:5173', 'https://app.localhost:3000', 'http://127.0.0.1:8080', 'http://[::1]:8080']) {
    scope.location = { origin }
    t.match(await hints(), [/live-sessions: no socket \(404 \): no such route/], origin)
  }
  for (const origin of ['https://app.example', 'https://app.example:8443', 'https://localhost', 'capacitor://localhost', 'http://localhost:1.evil.example']) {
    scope.location = { origin }
    t.same(await hints(), [], origin)
  }
  delete scope.location
  t.same(await hints(), [])
  scope.__DEV__ = true
  t.equal((await hints()).length, 1, 'a development build of React Native')
})

t.test('a real server says the same to a plain GET of its socket as to the handshake', async (t) => {
  const { address } = await buildApp(t)
  const { token } = await logIn(address)
  const scope = globalThis as { location?: { origin: string } }
  t.teardown(() => { delete scope.location })
  class FromThere extends (await import('ws')).WebSocket {
    constructor (url: string, protocols: string[]) { super(url, protocols, { origin: 'http://localhost:5173' }) }
  }
  // A dev server's proxy that rewrites Host: the page's own origin, and another one for the server.
  scope.location = { origin: 'http://localhost:5173' }
  const client = watch(t, 'http://localhost:5173', {
    token,
    WebSocket: class extends FromThere { constructor (url: string, protocols: string[]) { super(url.replace('ws://localhost:5173', address.replace('http', 'ws')), protocols) } } as never,
    fetch: async (url, init) => await fetch(String(url).replace('http://localhost:5173', address), init)
  })
  t.match(await client.problems.next(), { status: 403, code: 'SESSION_ORIGIN_FORBIDDEN', message: /"http:\/\/localhost:5173".*allowedOrigins.*Host/ })
  t.equal(client.live.state, 'waiting')
})
