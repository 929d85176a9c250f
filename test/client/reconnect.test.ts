/** How the client comes back: how soon, how often, and what it never does to a server in trouble. */
import t from 'tap'
import { collectReports, connectClient, startServer } from '../helpers/client-harness.ts'

t.test('waits grow from half a second to fifteen on average, while nothing answers', async (t) => {
  const server = await startServer(t)
  server.refuse(503)
  const client = connectClient(t, server.url)
  const waits: number[] = []
  for (let i = 0; i < 8; i++) {
    (await server.questions.next()).answer(503)
    await client.reached('waiting')
    waits.push(...client.clock.pending)
    client.clock.advance(waits.at(-1)!)
  }
  t.same(waits, [500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000])
})

t.test('a server that welcomes and closes at once is not hammered', async (t) => {
  const server = await startServer(t)
  const client = connectClient(t, server.url)
  const waits: number[] = []
  for (let i = 0; i < 4; i++) {
    const peer = (await server.peers.next()).welcome()
    await client.reached('open')
    peer.ws.close(1011)
    ;(await server.questions.next()).answer(200)
    await client.reached('waiting')
    waits.push(...client.clock.pending)
    client.clock.advance(waits.at(-1)!)
  }
  t.same(waits, [500, 1000, 2000, 4000])
})

t.test('a socket that held for ten seconds ends the row of failures', async (t) => {
  const server = await startServer(t)
  const client = connectClient(t, server.url)
  const waits: number[] = []
  for (const heldMs of [0, 0, 10_000, 9999]) {
    const peer = (await server.peers.next()).welcome()
    await client.reached('open')
    client.clock.advance(heldMs)
    peer.ws.terminate()
    ;(await server.questions.next()).answer(200)
    await client.reached('waiting')
    waits.push(...client.clock.pending)
    client.clock.advance(waits.at(-1)!)
  }
  t.same(waits, [500, 1000, 500, 1000])
})

t.test('a socket that held ends the row once, not for the failures after it', async (t) => {
  const server = await startServer(t)
  const client = connectClient(t, server.url)
  const peer = (await server.peers.next()).welcome()
  await client.reached('open')
  client.clock.advance(20_000)
  server.refuse(503)
  peer.ws.terminate()
  const waits: number[] = []
  for (let i = 0; i < 3; i++) {
    (await server.questions.next()).answer(503)
    await client.reached('waiting')
    waits.push(...client.clock.pending)
    client.clock.advance(waits.at(-1)!)
  }
  t.same(waits, [500, 1000, 2000])
})

t.test('the list is to be fetched again after every welcome, for changes may have been lost', async (t) => {
  const server = await startServer(t)
  const client = connectClient(t, server.url)
  for (let i = 0; i < 2; i++) {
    const peer = (await server.peers.next()).welcome()
    await client.changes.next()
    peer.send({ type: 'sessions_changed' })
    await client.changes.next()
    peer.ws.terminate()
    ;(await server.questions.next()).answer(200)
    await client.reached('waiting')
    t.equal(client.changes.size, 0)
    client.clock.advance(30_000)
  }
})

t.test('a restart (1012) spreads its clients over five seconds and asks nothing', async (t) => {
  for (const [random, wait] of [[0, 0], [0.5, 2500], [0.999, 4995]] as const) {
    const server = await startServer(t)
    const client = connectClient(t, server.url, { random: () => random })
    const peer = (await server.peers.next()).welcome()
    await client.reached('open')
    peer.ws.close(1012)
    await client.reached('waiting')
    t.same(client.clock.pending, [wait])
    client.clock.advance(wait)
    ;(await server.peers.next()).welcome()
    await client.reached('open')
    t.equal(server.questions.size, 0)
    t.same(client.states, ['open', 'waiting', 'connecting', 'open'])
  }
})

t.test('a busy node (1013) is left alone for a second at least, whatever wakes the client', async (t) => {
  const server = await startServer(t)
  const client = connectClient(t, server.url, { random: () => 0 })
  const peer = await server.peers.next()
  peer.ws.close(1013)
  await client.reached('waiting')
  t.same(client.clock.pending, [1000])
  client.clock.advance(999)
  client.hurry()
  t.equal(client.live.state, 'waiting')
  client.clock.advance(1)
  t.equal(client.live.state, 'connecting')
  await server.peers.next()
})

t.test('Retry-After is honoured, in seconds and as a date, up to five minutes, whatever wakes the client', async (t) => {
  const server = await startServer(t)
  server.refuse(429)
  const client = connectClient(t, server.url, { random: () => 0 })
  const date = (ms: number): string => new Date(client.clock.now() + ms).toUTCString()
  const headers: Array<[() => string, number]> = [
    [() => '7', 7000], [() => '0', 0], [() => '-5', 0], [() => 'soon', 0], [() => date(9000), 9000], [() => date(-9000), 0], [() => '86400', 300_000]
  ]
  for (const [header, wait] of headers) {
    (await server.questions.next()).answer(429, {}, { 'retry-after': header() })
    await client.reached('waiting')
    t.same(client.clock.pending, [wait], header())
    if (wait > 0) {
      client.clock.advance(wait - 1)
      client.hurry()
      t.equal(client.live.state, 'waiting')
    }
    client.clock.advance(Math.min(wait, 1))
  }
  await server.questions.next()
})

t.test('a handshake, or a welcome, that does not come within 15 s counts as a lost socket', async (t) => {
  const server = await startServer(t)
  const held = server.hold()
  const client = connectClient(t, server.url)
  await held.next()
  client.clock.advance(14_999)
  t.equal(client.live.state, 'connecting')
  client.clock.advance(1)
  t.equal(client.live.state, 'confirming')
  ;(await server.questions.next()).answer(200)
  ;(await server.questions.next()).answer(426)
  await client.reached('waiting')
  server.accept()
  client.clock.advance(30_000)
  const peer = await server.peers.next()
  peer.send({ type: 'heartbeat' }).send({ type: 'sessions_changed' })
  await client.changes.next()
  t.same(client.clock.pending, [15_000], 'other messages change nothing about that')
  client.clock.advance(15_000)
  t.equal(client.live.state, 'confirming')
  t.equal(await peer.closed, 4408)
})

t.test('a question that is not answered within 10 s is given up, and tried again later', async (t) => {
  const server = await startServer(t)
  server.refuse(500)
  const client = connectClient(t, server.url)
  const question = await server.questions.next()
  client.clock.advance(10_000)
  t.equal(client.live.state, 'waiting')
  await question.abandoned
  client.clock.advance(30_000)
  ;(await server.questions.next()).answer(401, { code: 'SESSION_EXPIRED', reason: 'idle_timeout' })
  t.match(await client.logouts.next(), { reason: 'idle_timeout' })
})

t.test('where WebSockets do not get through, every failed try still learns of a logout', async (t) => {
  const server = await startServer(t)
  server.refuse(400)
  const client = connectClient(t, server.url)
  for (let i = 0; i < 3; i++) {
    (await server.questions.next()).answer(200)
    ;(await server.questions.next()).answer(426)
    await client.reached('waiting')
    client.clock.advance(30_000)
  }
  ;(await server.questions.next()).answer(401, { code: 'SESSION_REVOKED', reason: 'policy' })
  t.match(await client.logouts.next(), { reason: 'policy' })
})

t.test('a WebSocket that cannot even be constructed is reported, and the session confirmed', async (t) => {
  const reports = collectReports(t)
  const server = await startServer(t)
  class Forbidden { constructor () { throw new Error('content security policy') } }
  const client = connectClient(t, server.url, { WebSocket: Forbidden as never })
  ;(await server.questions.next()).answer(200)
  ;(await server.questions.next()).answer(426)
  await client.reached('waiting')
  t.match(await reports.next(), { message: 'content security policy' })
})
