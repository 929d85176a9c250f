/** Whose answers to `live.fetch` sign out: those of the server that the socket is of, and nobody else's. */
import t, { type Test } from 'tap'
import { connectClient, REVOKED, startServer } from '../helpers/client-harness.ts'

/** An open client whose `live.fetch` is answered with a 401 from there. A Response made by hand has no address: ''. */
async function connectAnswered (t: Test, from: (server: string) => string) {
  const server = await startServer(t)
  const answer = () => Object.defineProperty(Response.json(REVOKED, { status: 401 }), 'url', { value: from(server.url) })
  const client = connectClient(t, server.url, { fetch: async () => answer() })
  const peer = (await server.peers.next()).welcome()
  await client.changes.next()
  return { ...client, peer, url: server.url }
}

t.test('another API\'s 401 with the same code signs nobody out', async (t) => {
  for (const from of ['https://api.example/orders', 'http://127.0.0.1/orders', '']) {
    const { live, logouts, changes, peer } = await connectAnswered(t, () => from)
    t.same(await (await live.fetch('https://api.example/orders')).json(), REVOKED)
    peer.send({ type: 'sessions_changed' })
    t.equal(await Promise.race([changes.next(), logouts.next()]), true, from)
    t.equal(live.state, 'open')
  }
})

t.test('where the request was redirected, the server that answered counts', async (t) => {
  const { live, logouts, changes, peer, url } = await connectAnswered(t, () => 'https://api.example/orders')
  await live.fetch(`${url}/moved`)
  peer.send({ type: 'sessions_changed' })
  t.equal(await Promise.race([changes.next(), logouts.next()]), true)
})

t.test('the server\'s own 401 signs out: by the answer\'s address, else by the request\'s', async (t) => {
  const own = (server: string): string => `${server}/orders`
  for (const [from, input] of [
    [own, () => 'https://elsewhere.example/'],
    [() => '', own],
    [() => '', (server: string) => new URL(own(server))],
    [() => '', (server: string) => new Request(own(server))]
  ] as const) {
    const { live, logouts, url } = await connectAnswered(t, from)
    await live.fetch(input(url))
    t.match(await logouts.next(), { reason: 'revoked_by_admin', via: 'request', code: 'SESSION_REVOKED' })
  }
})

t.test('origins are compared as the platform writes them, and a relative address is the page\'s', async (t) => {
  const scope = globalThis as { location?: { origin: string, href: string } }
  scope.location = { origin: 'https://app.example', href: 'https://app.example/orders/' }
  t.teardown(() => { delete scope.location })
  for (const [url, address, signsOut] of [
    ['https://APP.example:443', '/orders', true],
    ['https://api.example', '/orders', false],
    ['https://api.example', 'https://API.example:443/orders', true]
  ] as const) {
    const client = connectClient(t, url, {
      WebSocket: class { addEventListener (): void {} close (): void {} } as never,
      fetch: async () => Response.json(REVOKED, { status: 401 })
    })
    await client.live.fetch(address)
    await new Promise(setImmediate)
    t.equal(client.live.state, signsOut ? 'signedOut' : 'connecting', `${url} ${address}`)
  }
})
