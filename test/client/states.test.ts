/** Each state of the client, named: what leads into it, and what out of it (docs/PROTOCOL.md, "Rules for a client"). */
import t from 'tap'
import { connectClient, REVOKED, startServer } from '../helpers/client-harness.ts'

t.test('connecting: from the call on, until the welcome', async (t) => {
  const server = await startServer(t)
  const client = connectClient(t, server.url)
  t.equal(client.live.state, 'connecting')
  const peer = await server.peers.next()
  t.equal(client.live.state, 'connecting', 'a handshake is not enough')
  peer.welcome()
  await client.reached('open')
})

t.test('open: from the welcome on, until the socket is gone', async (t) => {
  const server = await startServer(t)
  const client = connectClient(t, server.url)
  const peer = (await server.peers.next()).welcome()
  await client.reached('open')
  peer.ws.terminate()
  await client.reached('confirming')
})

t.test('confirming: after a lost socket, until the server has answered whether the session lives', async (t) => {
  const server = await startServer(t)
  const client = connectClient(t, server.url)
  const peer = (await server.peers.next()).welcome()
  await client.changes.next()
  peer.ws.terminate()
  const question = await server.questions.next()
  t.equal(client.live.state, 'confirming')
  question.answer(200)
  await client.reached('waiting')
  t.equal(client.logouts.size, 0)
})

t.test('waiting: between two tries, until its time is over', async (t) => {
  const server = await startServer(t)
  const client = connectClient(t, server.url)
  const peer = (await server.peers.next()).welcome()
  await client.changes.next()
  peer.ws.close(1012)
  await client.reached('waiting')
  client.clock.advance(30_000)
  ;(await server.peers.next()).welcome()
  await client.changes.next()
  t.same(client.states, ['open', 'waiting', 'connecting', 'open'])
})

t.test('signedOut: by a logout, or a 401 of the session\'s, and for good', async (t) => {
  const server = await startServer(t)
  const pushed = connectClient(t, server.url)
  ;(await server.peers.next()).welcome().logout()
  await pushed.logouts.next()
  server.refuse(401)
  const asked = connectClient(t, server.url)
  ;(await server.questions.next()).answer(401, REVOKED)
  await asked.logouts.next()
  for (const client of [pushed, asked]) {
    client.clock.advance(1e7)
    t.equal(client.live.state, 'signedOut')
    t.same(client.clock.pending, [])
  }
})

t.test('closed: by the app, and for good', async (t) => {
  const server = await startServer(t)
  const client = connectClient(t, server.url)
  const peer = (await server.peers.next()).welcome()
  await client.changes.next()
  client.live.close()
  await peer.closed
  client.clock.advance(1e7)
  t.equal(client.live.state, 'closed')
  t.same(client.clock.pending, [])
  t.equal(client.logouts.size, 0)
})
