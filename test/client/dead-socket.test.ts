/** A socket that is dead without saying so is noticed, and the platform's events make the client look sooner. */
import t from 'tap'
import { platformWakeUps } from '../../src/client/wake-ups.ts'
import { connectClient, startServer } from '../helpers/client-harness.ts'

t.test('silence for two heartbeats and 5 s means that the socket is dead', async (t) => {
  const server = await startServer(t)
  const client = connectClient(t, server.url)
  const peer = (await server.peers.next()).welcome()
  await client.reached('open')
  t.same(client.clock.pending, [55_000])
  client.clock.advance(54_999)
  t.equal(client.live.state, 'open')
  client.clock.advance(1)
  t.equal(client.live.state, 'confirming')
  t.equal(client.live.sessionId, null)
  t.equal(await peer.closed, 4408)
  ;(await server.questions.next()).answer(200)
  await client.reached('waiting')
  t.same(client.clock.pending, [500], 'it had held: the first retry is a fast one')
})

t.test('any frame shows that the socket lives', async (t) => {
  const server = await startServer(t)
  const client = connectClient(t, server.url)
  const peer = (await server.peers.next()).welcome()
  await client.changes.next()
  for (const frame of [{ type: 'heartbeat' }, { type: 'of_a_newer_kind' }, 'not json']) {
    client.clock.advance(50_000)
    peer.send(frame).send({ type: 'sessions_changed' })
    await client.changes.next()
    await new Promise(setImmediate)
    t.same(client.clock.pending, [55_000])
  }
  t.equal(client.live.state, 'open')
})

t.test('a wake-up makes a waiting client try at once', async (t) => {
  const server = await startServer(t)
  server.refuse(503)
  const client = connectClient(t, server.url)
  ;(await server.questions.next()).answer(503)
  await client.reached('waiting')
  server.accept()
  client.hurry()
  t.equal(client.live.state, 'connecting')
  client.hurry()
  ;(await server.peers.next()).welcome()
  await client.reached('open')
  t.equal(server.handshakes.size, 2, 'one a try')
})

t.test('a wake-up after a sleep finds the dead socket at once', async (t) => {
  const server = await startServer(t)
  const client = connectClient(t, server.url)
  ;(await server.peers.next()).welcome()
  await client.reached('open')
  client.clock.sleep(30_000)
  client.hurry()
  t.equal(client.live.state, 'confirming')
  ;(await server.questions.next()).answer(401, { code: 'SESSION_EXPIRED', reason: 'expired' })
  t.match(await client.logouts.next(), { reason: 'expired', via: 'confirmation' })
})

t.test('a wake-up leaves a socket alone that was heard lately, but its next heartbeat must be on time', async (t) => {
  const server = await startServer(t)
  const client = connectClient(t, server.url)
  const peer = (await server.peers.next()).welcome()
  await client.changes.next()
  client.clock.advance(20_000)
  client.hurry()
  t.equal(client.live.state, 'open')
  t.same(client.clock.pending, [10_000])
  peer.send({ type: 'sessions_changed' })
  await client.changes.next()
  await new Promise(setImmediate)
  t.same(client.clock.pending, [55_000], 'heard: the usual patience')
  t.equal(server.questions.size, 0)
})

t.test('a clock that was set back does not lengthen the patience', async (t) => {
  const server = await startServer(t)
  const client = connectClient(t, server.url)
  ;(await server.peers.next()).welcome()
  await client.reached('open')
  client.clock.sleep(-3_600_000)
  client.hurry()
  t.same(client.clock.pending, [30_000])
})

t.test('the platform’s wake-ups are online, pageshow, and visibilitychange to visible', async (t) => {
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' })
  const scope = Object.assign(new EventTarget(), { document })
  let hurried = 0
  const stop = platformWakeUps(scope)(() => { hurried++ })
  scope.dispatchEvent(new Event('online'))
  scope.dispatchEvent(new Event('pageshow'))
  document.dispatchEvent(new Event('visibilitychange'))
  t.equal(hurried, 3)
  document.visibilityState = 'hidden'
  document.dispatchEvent(new Event('visibilitychange'))
  t.equal(hurried, 3)
  stop()
  document.visibilityState = 'visible'
  scope.dispatchEvent(new Event('online'))
  scope.dispatchEvent(new Event('pageshow'))
  document.dispatchEvent(new Event('visibilitychange'))
  t.equal(hurried, 3, 'not heard after the stop')
})

t.test('where there is neither window nor document, nothing is listened to and nothing fails', async (t) => {
  t.doesNotThrow(() => { platformWakeUps({})(() => {})() })
  t.doesNotThrow(() => { platformWakeUps()(() => {})() })
})
