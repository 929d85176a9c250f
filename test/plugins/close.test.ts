/** An app closes though browsers hold connections open on which nothing has come yet; who has asked is answered. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { setTimeout as delay } from 'node:timers/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer, Server as HttpsServer } from 'node:https'
import t, { type Test } from 'tap'
import { watchIdleConnections } from '../../plugins/lifecycle/idle-connections.ts'
import { buildApp } from '../helpers/app.ts'

/** Nobody's but this test's. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQglXmWOR0JUXkRKwU0
HAVUYMx8AoFWXod3IelePMWvG46hRANCAASBnM5GHnTKWsqF76SvkpLokHTB7IDh
ATKOM7CLLo8fHsNU2K3cD0uXHlkUXjKw2f4ikrLFwR6bOfZBtnywv/fe
-----END PRIVATE KEY-----
`
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBfzCCASWgAwIBAgIUUvdV2koOUW/7Mno1+puiSvZnUMowCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyODIzMDUyOVoYDzIxMjYxMTA0
MjMwNTI5WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASBnM5GHnTKWsqF76SvkpLokHTB7IDhATKOM7CLLo8fHsNU2K3cD0uX
HlkUXjKw2f4ikrLFwR6bOfZBtnywv/feo1MwUTAdBgNVHQ4EFgQUET5jwGPNjH17
HGjk5tnfTJdfc9cwHwYDVR0jBBgwFoAUET5jwGPNjH17HGjk5tnfTJdfc9cwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEA7puDMpHRNgC/duD7Mt9G
rWz64XjaJFJJg1F/N55NQRMCIAZn4rs7N9wAIv94K7/ujmDu889tALeeSeOpsXJI
kIjK
-----END CERTIFICATE-----
`

async function opened (t: Test, socket: Socket, event: string): Promise<Socket> {
  socket.on('error', () => {})
  t.teardown(() => { socket.destroy() })
  await once(socket, event)
  return socket
}

/** Without it the time runs out only after 72 s, or never. */
async function closesSoon (app: { close: () => Promise<unknown> }): Promise<boolean> {
  return await Promise.race([app.close().then(() => true), delay(30_000, false, { ref: false })])
}

t.test('connections that a browser opened in advance hold no close up', async (t) => {
  const { app, address } = await buildApp(t)
  const { port } = new URL(address)
  const silent = await opened(t, connect(Number(port), '127.0.0.1'), 'connect')
  // Connections are taken in their order: the server has the silent one by the time that this one is answered.
  t.equal((await fetch(`${address}/api/sessions`)).status, 401)
  const [closed] = await Promise.all([closesSoon(app), once(silent, 'close')])
  t.equal(closed, true)
})

t.test('over TLS too', async (t) => {
  const { app, address } = await buildApp(t, {
    server: { serverFactory: (handler) => createServer({ key: KEY, cert: CERTIFICATE }, handler) as never }
  })
  t.ok(app.server instanceof HttpsServer)
  const { port } = new URL(address)
  const accepted = once(app.server, 'secureConnection')
  const silent = await opened(t, connectTls({ port: Number(port), host: '127.0.0.1', ca: CERTIFICATE, servername: 'localhost' }), 'secureConnect')
  await accepted
  const [closed] = await Promise.all([closesSoon(app), once(silent, 'close')])
  t.equal(closed, true)
})

t.test('a request that is under way is answered, and its connection then closed', async (t) => {
  let answer = (): void => {}
  const { app, address } = await buildApp(t, {
    after: (app) => { app.get('/slow', async () => { await new Promise<void>((resolve) => { answer = resolve }); return 'answered' }) }
  })
  const asked = once(app.server, 'request')
  const response = fetch(`${address}/slow`)
  await asked
  const closed = closesSoon(app)
  await delay(200)
  answer()
  t.equal(await (await response).text(), 'answered')
  t.equal(await closed, true)
})

t.test('a first request that has come, and that a busy node has not read yet, is answered', async (t) => {
  const server = createHttpServer((_request, response) => { response.end('answered') })
  const close = watchIdleConnections({ server })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = once(server, 'connection')
  const silent = await opened(t, connect((server.address() as { port: number }).port, '127.0.0.1'), 'connect')
  await accepted
  close()
  server.close()
  silent.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  // The next look at the connections is due before the loop reads anything.
  const busyUntil = performance.now() + 200
  while (performance.now() < busyUntil);
  const answer = await Promise.race([once(silent, 'data').then(([data]) => String(data)), once(silent, 'close').then(() => 'cut')])
  t.match(answer, /^HTTP\/1\.1 200 /)
})
