/** Late answers, old sockets and a close() at any moment change nothing that is already decided. */
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import type { SocketConstructor } from '../../src/client/api.ts'
import { collectReports, connectClient, REVOKED, startServer } from '../helpers/client-harness.ts'

/** A WebSocket that fails its test when it is opened at all. */
function forbidden (t: Test): SocketConstructor {
  return class extends WebSocket {
    constructor (url: string, protocols: string[]) {
      super(url, protocols)
      t.fail('no socket is opened')
      this.on('error', () => {}).terminate()
    }
  }
}

t.test('close() right after the call opens no socket', async (t) => {
  const client = connectClient(t, 'http://127.0.0.1:1', { WebSocket: forbidden(t) })
  client.live.close()
  await new Promise(setImmediate)
  t.same(client.states, ['closed'])
  t.same(client.clock.pending, [])
  t.notOk(client.awake())
})

t.test('close() while the token is fetched opens no socket', async (t) => {
  let give = (_: string): void => {}
  const client = connectClient(t, 'http://127.0.0.1:1', {
    WebSocket: forbidden(t),
    token: async () => await new Promise<string>((resolve) => { give = resolve })
  })
  client.live.close()
  give('a.b.c')
  await new Promise(setImmediate)
  t.same(client.states, ['closed'])
  t.same(client.clock.pending, [])
})

t.test('a token function that fails after close() is reported and starts nothing', async (t) => {
  const reports = collectReports(t)
  let fail = (_: Error): void => {}
  const client = connectClient(t, 'http://127.0.0.1:1', { token: async () => await new Promise<string>((_resolve, reject) => { fail = reject }) })
  client.live.close()
  fail(new Error('too late'))
  t.match(await reports.next(), { message: 'too late' })
  t.same(client.states, ['closed'])
  t.same(client.clock.pending, [])
})

t.test('after close() in onStateChange no token is asked for', async (t) => {
  const server = await startServer(t)
  server.refuse(401)
  let calls = 0
  const client = connectClient(t, server.url, {
    token: () => `token-${++calls}`,
    onStateChange: (state) => { if (state === 'confirming') client.live.close() }
  })
  await client.reached('closed')
  await new Promise(setImmediate)
  t.equal(calls, 1)
})

t.test('close() during the handshake ends it, without a question', async (t) => {
  const server = await startServer(t)
  const held = server.hold()
  const client = connectClient(t, server.url)
  const accept = await held.next()
  client.live.close()
  accept()
  server.accept()
  connectClient(t, server.url).hurry()
  await server.peers.next()
  t.same(client.states, ['closed'])
  t.equal(server.questions.size, 0)
})

t.test('close() of an open session closes the socket and is the end of all callbacks', async (t) => {
  const server = await startServer(t)
  const client = connectClient(t, server.url)
  const peer = (await server.peers.next()).welcome()
  await client.changes.next()
  client.live.close()
  peer.send({ type: 'sessions_changed' }).logout()
  await peer.closed
  client.hurry()
  client.clock.advance(1e7)
  client.live.close()
  t.same(client.states, ['open', 'closed'])
  t.equal(client.changes.size + client.logouts.size + peer.received.size + server.questions.size, 0)
  t.equal(client.live.sessionId, null)
})

t.test('close() during a question gives it up, and a late 401 signs nobody out', async (t) => {
  const server = await startServer(t)
  server.refuse(500)
  const client = connectClient(t, server.url)
  const question = await server.questions.next()
  client.live.close()
  question.answer(401, REVOKED)
  await question.abandoned
  t.same(client.states, ['confirming', 'closed'])
  t.equal(client.logouts.size, 0)
})

t.test('close() while waiting is the end of the tries', async (t) => {
  const server = await startServer(t)
  server.refuse(500)
  const client = connectClient(t, server.url)
  ;(await server.questions.next()).answer(500)
  await client.reached('waiting')
  client.live.close()
  t.same(client.clock.pending, [])
  client.hurry()
  t.equal(client.live.state, 'closed')
})

t.test('close() during a wipe lets it end and acknowledges it, but calls nothing any more', async (t) => {
  const server = await startServer(t)
  let finish = (): void => {}
  const client = connectClient(t, server.url, { onWipe: async () => { await new Promise<void>((resolve) => { finish = resolve }) } })
  const peer = (await server.peers.next()).welcome().logout()
  await peer.received.next()
  client.live.close()
  finish()
  t.match(await peer.received.next(), { state: 'wiped' })
  t.equal(client.logouts.size, 0)
  t.same(client.states, ['open', 'signedOut', 'closed'])
})

t.test('a page that closes the client as soon as it shows the end has heard how it ended', async (t) => {
  const server = await startServer(t)
  const client = connectClient(t, server.url, {
    onStateChange: (state) => { if (state === 'signedOut') queueMicrotask(() => { client.live.close() }) }
  })
  const peer = (await server.peers.next()).welcome()
  await client.reached('open')
  peer.logout()
  await client.reached('closed')
  t.equal(client.logouts.size, 1)
  t.match(await client.logouts.next(), { reason: 'revoked_by_user', via: 'push' })
})

t.test('close() in onStateChange holds, in every state', async (t) => {
  for (const last of ['open', 'confirming', 'waiting', 'connecting', 'signedOut'] as const) {
    const server = await startServer(t)
    if (last === 'signedOut') server.refuse(401)
    const client = connectClient(t, server.url, { onStateChange: (state) => { if (state === last) client.live.close() } })
    if (last === 'signedOut') {
      (await server.questions.next()).answer(401, REVOKED)
    } else {
      const peer = (await server.peers.next()).welcome()
      if (last !== 'open') {
        await client.changes.next()
        peer.ws.terminate()
        if (last !== 'confirming') {
          (await server.questions.next()).answer(200)
          await client.reached(last === 'waiting' ? 'closed' : 'waiting')
          client.clock.advance(30_000)
        }
      }
    }
    await client.reached('closed')
    await new Promise(setImmediate)
    // what is over goes by itself, soon
    t.same(client.clock.pending, last === 'signedOut' ? [1_000] : [], last)
    t.same(client.states.slice(-2), [last, 'closed'])
    t.equal(client.changes.size + client.logouts.size, 0)
  }
})

t.test('a logout message of a socket that was taken for dead does not sign out what came after it', async (t) => {
  const server = await startServer(t)
  const client = connectClient(t, server.url)
  const old = (await server.peers.next()).welcome('mine')
  await client.changes.next()
  // the old socket's frames arrive late: it still reads, but its close is not answered
  old.ws.pause()
  client.clock.advance(55_000)
  t.equal(client.live.state, 'confirming')
  old.send({ type: 'sessions_changed' }).logout({ sessionId: 'mine' })
  const question = await server.questions.next()
  t.equal(client.live.state, 'confirming', 'not while the question is out')
  question.answer(200)
  await client.reached('waiting')
  client.clock.advance(30_000)
  const fresh = (await server.peers.next()).welcome('mine')
  await client.changes.next()
  old.logout({ sessionId: 'mine' })
  old.ws.resume()
  await old.closed
  fresh.send({ type: 'sessions_changed' })
  await client.changes.next()
  t.equal(client.live.state, 'open', 'nor does its late close disturb the new one')
  t.equal(client.live.sessionId, 'mine')
  t.equal(client.logouts.size + old.received.size + server.questions.size, 0)
})

t.test('a 401 that comes after the question was given up does not sign out the new connection', async (t) => {
  const server = await startServer(t)
  server.refuse(500)
  let answer = (_: Response): void => {}
  const client = connectClient(t, server.url, { fetch: async () => await new Promise<Response>((resolve) => { answer = resolve }) })
  await client.reached('confirming')
  await new Promise(setImmediate)
  client.clock.advance(10_000)
  server.accept()
  client.clock.advance(30_000)
  const peer = (await server.peers.next()).welcome()
  await client.changes.next()
  answer(Response.json(REVOKED, { status: 401 }))
  peer.send({ type: 'sessions_changed' })
  await client.changes.next()
  t.equal(client.live.state, 'open')
  t.equal(client.logouts.size, 0)
})

t.test('logout and close in one breath sign out once, by the message', async (t) => {
  const server = await startServer(t)
  const client = connectClient(t, server.url)
  const peer = (await server.peers.next()).welcome().logout()
  peer.ws.close(4401)
  t.match(await client.logouts.next(), { via: 'push' })
  await peer.closed
  t.match(await peer.received.next(), { state: 'delivered' })
  t.equal(server.questions.size, 0)
})

t.test('what a callback throws is reported and breaks nothing', async (t) => {
  const server = await startServer(t)
  const reports = collectReports(t)
  const boom = (name: string) => () => { throw new Error(name) }
  const client = connectClient(t, server.url, { onChange: boom('change'), onStateChange: boom('state'), onLogout: boom('logout') })
  const peer = (await server.peers.next()).welcome()
  t.match(await reports.next(), { message: 'state' })
  t.match(await reports.next(), { message: 'change' })
  peer.send({ type: 'sessions_changed' })
  t.match(await reports.next(), { message: 'change' })
  peer.logout()
  t.match(await peer.received.next(), { state: 'delivered' })
  t.match(await reports.next(), { message: 'state' })
  t.match(await reports.next(), { message: 'logout' })
  t.equal(client.live.state, 'signedOut')
})
