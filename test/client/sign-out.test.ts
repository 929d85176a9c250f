/** When the client signs out, when it does not, and what it says to whom. */
import { once } from 'node:events'
import t from 'tap'
import { WebSocket } from 'ws'
import { connectClient, collectReports, REVOKED, startServer } from '../helpers/client-harness.ts'

const PUSHED = { reason: 'revoked_by_user', via: 'push', code: null, eventId: 'event-1', at: '2026-11-23T00:00:01.000Z', by: null }

t.test('a logout message is acknowledged, then signs out with its reason', async (t) => {
  const server = await startServer(t)
  const client = connectClient(t, server.url)
  const peer = (await server.peers.next()).welcome().logout()
  t.same(await peer.received.next(), { type: 'ack', eventId: 'event-1', state: 'delivered' })
  t.same(await client.logouts.next(), PUSHED)
  t.equal(client.live.state, 'signedOut')
  t.same(client.clock.pending, [1_000], 'until then a push gets its receipt')
  client.clock.advance(1_000)
  t.same(client.clock.pending, [], 'no timer is left')
  t.notOk(client.awake(), 'wake-ups are not listened to any more')
})

t.test('a logout says from which device it came, and so does a 401', async (t) => {
  const by = { deviceName: 'Kim\'s laptop' }
  const server = await startServer(t)
  const pushed = connectClient(t, server.url)
  ;(await server.peers.next()).welcome().logout({ by })
  t.same(await pushed.logouts.next(), { ...PUSHED, by })
  server.refuse(401)
  const asked = connectClient(t, server.url)
  ;(await server.questions.next()).answer(401, { ...REVOKED, by })
  t.match(await asked.logouts.next(), { via: 'confirmation', by })
})

t.test('after a logout message nothing follows: no second logout, no question, no new socket', async (t) => {
  const server = await startServer(t)
  const client = connectClient(t, server.url)
  const peer = (await server.peers.next()).welcome().logout().logout().send({ type: 'sessions_changed' })
  await client.logouts.next()
  peer.ws.close(4401)
  await peer.closed
  client.hurry()
  client.clock.advance(1e7)
  const fence = connectClient(t, server.url)
  await server.peers.next()
  t.equal(server.handshakes.size, 2, 'its own and the fence')
  t.equal(client.logouts.size, 0)
  t.equal(client.changes.size, 1, 'that of the welcome')
  t.equal(server.questions.size, 0)
  t.same(client.states, ['open', 'signedOut'])
  fence.live.close()
})

t.test('somebody signed in over this page\'s cookie: a welcome of another session signs it out, and shows it nothing of the other one\'s', async (t) => {
  const server = await startServer(t)
  const client = connectClient(t, server.url)
  const peer = (await server.peers.next()).welcome('mine')
  await client.changes.next()
  peer.ws.close(1012)
  await peer.closed
  client.clock.advance(1e6)
  const next = (await server.peers.next()).welcome('another').send({ type: 'sessions_changed' })
  t.same(await client.logouts.next(), { reason: 'replaced', via: 'push', code: null, eventId: null, at: null, by: null })
  t.same([client.live.state, client.live.sessionId], ['signedOut', null])
  await next.closed
  t.equal(client.changes.size, 0)
  client.clock.advance(1_000)
  t.same(client.clock.pending, [])
})

t.test('where no socket gets through, the confirmation tells it as well; the own session, and what is none, sign nobody out', async (t) => {
  const server = await startServer(t)
  const client = connectClient(t, server.url)
  const peer = (await server.peers.next()).welcome('mine')
  await client.changes.next()
  server.refuse(503)
  peer.ws.terminate()
  ;(await server.questions.next()).answer(200, { id: 'mine' })
  for (const body of [{ id: 'mine' }, {}, '<html>', { id: 7 }, null]) {
    await client.reached('waiting')
    client.clock.advance(1e6)
    ;(await server.questions.next()).answer(200, body)
    // After a refused handshake the socket's address is asked, too.
    ;(await server.questions.next()).answer(503)
    t.equal(client.logouts.size, 0)
  }
  await client.reached('waiting')
  client.clock.advance(1e6)
  ;(await server.questions.next()).answer(200, { id: 'another' })
  t.same(await client.logouts.next(), { reason: 'replaced', via: 'confirmation', code: null, eventId: null, at: null, by: null })
  t.equal(client.live.state, 'signedOut')
})

t.test('a logout message before the welcome signs out, too', async (t) => {
  const server = await startServer(t)
  const client = connectClient(t, server.url)
  ;(await server.peers.next()).logout()
  t.same(await client.logouts.next(), PUSHED)
})

t.test('a logout message of another session or with a missing part is ignored', async (t) => {
  const server = await startServer(t)
  const client = connectClient(t, server.url)
  const peer = (await server.peers.next()).welcome('mine')
  peer.logout({ sessionId: 'other' })
  for (const part of ['eventId', 'sessionId', 'reason', 'at']) {
    peer.logout({ sessionId: 'mine', [part]: undefined })
    peer.logout({ sessionId: 'mine', [part]: 7 })
    peer.logout({ sessionId: 'mine', [part]: '' })
  }
  peer.send({ type: 'sessions_changed' })
  await client.changes.next()
  await client.changes.next()
  t.equal(client.live.state, 'open')
  t.equal(client.live.sessionId, 'mine')
  peer.logout({ sessionId: 'mine', reason: 'a_newer_reason' })
  t.match(await client.logouts.next(), { reason: 'a_newer_reason' })
  t.match(await peer.received.next(), { state: 'delivered' })
  peer.ws.close(4401)
  await peer.closed
  t.equal(peer.received.size, 0, 'one ack')
})

t.test('a request that told of the end leaves the push its receipt, though the app closes at once', async (t) => {
  const server = await startServer(t)
  const onWipe = async (): Promise<void> => {}
  const client = connectClient(t, server.url, { onWipe, onLogout () { client.live.close() } })
  const peer = (await server.peers.next()).welcome()
  await client.changes.next()
  const mine = client.live.fetch(`${server.url}/mine`)
  ;(await server.questions.next()).answer(401, REVOKED)
  t.equal((await mine).status, 401)
  peer.logout()
  t.match(await peer.received.next(), { type: 'ack', state: 'delivered' })
  t.match(await peer.received.next(), { type: 'ack', state: 'wiped' })
})

t.test('onWipe runs between two receipts, and onLogout after it', async (t) => {
  const server = await startServer(t)
  let finish = (): void => {}
  const wiping = new Promise<void>((resolve) => { finish = resolve })
  const client = connectClient(t, server.url, { onWipe: async () => await wiping })
  const peer = (await server.peers.next()).welcome().logout()
  t.same(await peer.received.next(), { type: 'ack', eventId: 'event-1', state: 'delivered', wiping: true })
  t.equal(client.live.state, 'signedOut')
  t.equal(peer.received.size + client.logouts.size, 0)
  finish()
  t.same(await peer.received.next(), { type: 'ack', eventId: 'event-1', state: 'wiped' })
  t.same(await client.logouts.next(), PUSHED)
  client.clock.advance(1_000)
  t.same(client.clock.pending, [])
})

t.test('a wipe that fails is reported, not acknowledged, and signs out all the same', async (t) => {
  for (const onWipe of [() => { throw new Error('disk') }, async () => { throw new Error('disk') }]) {
    const server = await startServer(t)
    const reports = collectReports(t)
    const client = connectClient(t, server.url, { onWipe })
    const peer = (await server.peers.next()).welcome().logout()
    await client.logouts.next()
    t.match(await reports.next(), { message: 'disk' })
    peer.ws.close(4401)
    await peer.closed
    t.match(await peer.received.next(), { state: 'delivered' })
    t.equal(peer.received.size, 0)
  }
})

t.test('a wipe that never ends delays onLogout by 5 s and no more', async (t) => {
  const server = await startServer(t)
  const client = connectClient(t, server.url, { onWipe: async () => { await new Promise(() => {}) } })
  ;(await server.peers.next()).welcome().logout()
  await client.reached('signedOut')
  t.same(client.clock.pending, [5000])
  client.clock.advance(4999)
  await new Promise(setImmediate)
  t.equal(client.logouts.size, 0)
  client.clock.advance(1)
  t.same(await client.logouts.next(), PUSHED)
})

t.test('a wipe whose socket is gone meanwhile still ends in onLogout', async (t) => {
  const server = await startServer(t)
  let finish = (): void => {}
  const sent: string[] = []
  let gone: () => Promise<unknown> = async () => {}
  class Recorder extends WebSocket {
    constructor (url: string, protocols: string[]) {
      super(url, protocols)
      gone = async () => await once(this, 'close')
    }

    override send (frame: string): void {
      sent.push(frame)
      super.send(frame)
    }
  }
  const client = connectClient(t, server.url, {
    WebSocket: Recorder,
    onWipe: async () => { await new Promise<void>((resolve) => { finish = resolve }) }
  })
  const peer = (await server.peers.next()).welcome().logout()
  await peer.received.next()
  const closed = gone()
  peer.ws.terminate()
  await closed
  finish()
  t.same(await client.logouts.next(), PUSHED)
  t.equal(sent.length, 1, 'nothing is written to a socket that is gone')
  t.equal(server.questions.size, 0)
})

t.test('no close code signs out: the client asks, and stays when the session lives', async (t) => {
  for (const code of [1000, 1001, 1008, 1009, 1011, 4401, 4408, 4999]) {
    const server = await startServer(t)
    const client = connectClient(t, server.url)
    ;(await server.peers.next()).welcome().ws.close(code)
    ;(await server.questions.next()).answer(200)
    await client.reached('waiting')
    client.clock.advance(30_000)
    ;(await server.peers.next()).welcome()
    await client.reached('open')
    t.equal(client.logouts.size, 0, String(code))
    t.equal(server.questions.size, 0, 'one question a try')
  }
})

t.test('a 401 of the plugin signs out, with its reason and code, and wipes', async (t) => {
  const server = await startServer(t)
  let wiped = 0
  const client = connectClient(t, server.url, { onWipe: () => { wiped++ } })
  ;(await server.peers.next()).welcome().ws.terminate()
  const question = await server.questions.next()
  t.equal(question.url, '/api/sessions/current')
  question.answer(401, REVOKED)
  t.same(await client.logouts.next(), { reason: 'revoked_by_admin', via: 'confirmation', code: 'SESSION_REVOKED', eventId: null, at: null, by: null })
  t.equal(wiped, 1)
  t.same(client.states, ['open', 'confirming', 'signedOut'])
})

t.test('a 401 without a reason signs out with null', async (t) => {
  for (const code of ['SESSION_TOKEN_INVALID', 'SESSION_REQUIRED', 'SESSION_OF_A_NEWER_KIND']) {
    const server = await startServer(t)
    server.refuse(401)
    const client = connectClient(t, server.url)
    ;(await server.questions.next()).answer(401, { ...REVOKED, code, reason: undefined })
    t.match(await client.logouts.next(), { reason: null, code, via: 'confirmation' })
    t.equal(server.handshakes.size, 1)
  }
})

t.test('any other answer signs nobody out: a proxy’s 401, a portal, an error', async (t) => {
  const answers: Array<[number, unknown?, Record<string, string>?]> = [
    [401, '<h1>Proxy password</h1>', { 'content-type': 'text/html', 'www-authenticate': 'Basic' }],
    [401, { message: 'who are you' }], [401, { code: 'INVALID_CREDENTIALS' }], [401, 'null'], [401, { code: 7 }],
    [403, { ...REVOKED, statusCode: 403 }], [404], [429], [500, REVOKED], [503, { code: 'SESSION_STORE_UNAVAILABLE' }],
    [200, REVOKED], [302, {}, { location: '/login' }]
  ]
  const server = await startServer(t)
  server.refuse(401)
  const client = connectClient(t, server.url)
  for (const answer of answers) {
    (await server.questions.next()).answer(...answer)
    // signed in, then: so why was the handshake refused?
    if (answer[0] === 200) (await server.questions.next()).answer(401, REVOKED)
    await client.reached('waiting')
    client.clock.advance(30_000)
  }
  await server.questions.next()
  t.equal(client.logouts.size, 0)
  t.equal(server.handshakes.size, answers.length + 1, 'one question a try, and no redirect followed')
})

t.test('a server that is gone signs nobody out', async (t) => {
  const client = connectClient(t, 'http://127.0.0.1:1')
  for (let i = 0; i < 3; i++) {
    await client.reached('waiting')
    client.clock.advance(30_000)
    t.equal(client.live.state, 'connecting')
  }
  t.equal(client.logouts.size, 0)
})
