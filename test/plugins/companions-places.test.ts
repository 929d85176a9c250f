/** Where the plugin itself may live: in a scope of its own, under a prefix, on a server with two listeners. */
import type { AddressInfo } from 'node:net'
import t from 'tap'
import liveSessions, { requireSession } from '../../plugins/index.ts'
import { PASSWORD } from '../helpers/app.ts'
import { ask, logIn } from '../helpers/device.ts'
import { prepare } from '../helpers/prepare.ts'

t.test('the plugin may live in a child scope under a prefix, and the app outside does not notice', async (t) => {
  const { app, options, listen } = await prepare(t)
  await app.register(async (scope) => {
    await scope.register(liveSessions, options)
    scope.get('/me', { onRequest: requireSession }, async (request) => ({ userId: request.session?.userId }))
  }, { prefix: '/v1' })
  app.get('/outside', async (request) => ({ has: 'session' in request }))
  const address = await listen()

  const device = await logIn(`${address}/v1`)
  const socket = await device.connect()
  t.match(await device.ask('GET', '/me'), { status: 200, body: { userId: 'user@example.com' } })
  t.match(await device.ask('POST', '/api/auth/logout'), { status: 200 })
  t.match(await socket.next('logout'), { reason: 'logout' })
  t.match(await socket.closed, { code: 4401 })
  t.equal((await ask(address, 'POST', '/api/auth/login', { body: {} })).status, 404)
  t.same((await ask(address, 'GET', '/outside')).body, { has: false })
})

t.test('the routes may live elsewhere than /api, or at the root', async (t) => {
  for (const prefix of ['/account/v2', '']) {
    const { app, options, listen } = await prepare(t)
    await app.register(liveSessions, { ...options, prefix })
    const address = await listen()
    const body = { email: 'user@example.com', password: PASSWORD }
    const login = await ask<{ token: string }>(address, 'POST', `${prefix}/auth/login`, { body })
    t.equal(login.status, 200)
    t.equal((await ask(address, 'GET', `${prefix}/sessions`, { token: login.body.token })).status, 200)
    t.match(await ask(address, 'GET', `${prefix}/sessions/socket`, { token: login.body.token }), { status: 426 })
  }
})

t.test('on localhost, with a listener for each of its addresses, sockets work and the app closes', async (t) => {
  const { app, options } = await prepare(t)
  await app.register(liveSessions, options)
  await app.listen({ port: 0, host: 'localhost' })
  const sockets = []
  for (const { address, family, port } of app.addresses() as AddressInfo[]) {
    const device = await logIn(`http://${family === 'IPv6' ? `[${address}]` : address}:${port}`)
    sockets.push(await device.connect())
  }
  const began = performance.now()
  await app.close()
  t.ok(performance.now() - began < 20_000, 'at once')
  for (const socket of sockets) t.match(await socket.closed, { code: 1012 })
})
