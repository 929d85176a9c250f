/** A guard guards whenever the route was made: before the registration, without awaiting it, in an older scope, or with no plugin at all. */
import Fastify from 'fastify'
import t from 'tap'
import liveSessions, { requireSession } from '../../plugins/index.ts'
import { ask, logIn } from '../helpers/device.ts'
import { prepare } from '../helpers/prepare.ts'

const handler = async (request: { session: { userId: string } | null }): Promise<unknown> => ({ userId: request.session?.userId })

t.test('a guard that is imported and used before the registration, or without awaiting it, guards and lets through', async (t) => {
  const { app, options, listen } = await prepare(t)
  app.get('/before', { onRequest: requireSession }, handler)
  void app.register(async (scope) => { scope.get('/scope-before', { onRequest: requireSession }, handler) })
  void app.register(liveSessions, options)
  app.get('/not-awaited', { onRequest: requireSession }, handler)
  void app.register(async (scope) => { scope.get('/scope-after', { onRequest: requireSession }, handler) })
  const address = await listen()

  const device = await logIn(address)
  for (const path of ['/before', '/scope-before', '/not-awaited', '/scope-after']) {
    t.match(await ask(address, 'GET', path), { status: 401, body: { statusCode: 401, code: 'SESSION_REQUIRED', error: 'Unauthorized' } }, path)
    t.match(await device.ask('GET', path), { status: 200, body: { userId: 'user@example.com' } }, path)
  }
  await device.ask('POST', '/api/auth/logout')
  for (const path of ['/before', '/scope-before', '/not-awaited', '/scope-after']) {
    t.match(await device.ask('GET', path), { status: 401, body: { code: 'SESSION_REVOKED', reason: 'logout' } }, path)
  }
})

t.test('with the plugin never registered, a guarded route answers 401 to everybody', async (t) => {
  const app = Fastify()
  t.teardown(async () => { await app.close() })
  app.get('/guarded', { onRequest: requireSession }, async () => 'secret')
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  for (const token of [undefined, 'anything']) {
    const { status, headers, body } = await ask(address, 'GET', '/guarded', { token })
    t.match({ status, body }, { status: 401, body: { code: 'SESSION_REQUIRED' } })
    t.equal(headers.get('www-authenticate'), 'Bearer')
  }
})

t.test('a guard works as any hook before the handler, and as app.requireSession', async (t) => {
  const { app, options, listen } = await prepare(t)
  await app.register(liveSessions, options)
  t.equal(app.requireSession, requireSession)
  const hooks = ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const
  for (const hook of hooks) {
    app.get(`/${hook}`, hook === 'preParsing' ? { preParsing: (request, reply, _payload, done) => { requireSession(request, reply, done) } } : { [hook]: requireSession }, handler)
  }
  const address = await listen()
  const device = await logIn(address)
  for (const hook of hooks) {
    t.match(await ask(address, 'GET', `/${hook}`), { status: 401, body: { code: 'SESSION_REQUIRED' } }, hook)
    t.match(await device.ask('GET', `/${hook}`), { status: 200, body: { userId: 'user@example.com' } }, hook)
  }
})

t.test('a guard on a whole scope that is older than the plugin asks before our own hook does', async (t) => {
  const { app, options, listen } = await prepare(t)
  void app.register(async (scope) => {
    scope.addHook('onRequest', requireSession)
    scope.get('/older', handler)
  })
  void app.register(liveSessions, options)
  const address = await listen()
  const device = await logIn(address)
  t.match(await ask(address, 'GET', '/older'), { status: 401, body: { code: 'SESSION_REQUIRED' } })
  t.match(await device.ask('GET', '/older'), { status: 200, body: { userId: 'user@example.com' } })
})

t.test('a login of the app\'s own works in a scope that is older than the plugin', async (t) => {
  const { app, options, listen } = await prepare(t)
  void app.register(async (scope) => {
    scope.post('/own/login', async (request) => await scope.sessions.open(request, { userId: 'user@example.com' }))
  })
  void app.register(liveSessions, options)
  const address = await listen()
  const { status, body } = await ask<{ token: string }>(address, 'POST', '/own/login')
  t.equal(status, 200)
  t.equal((await ask(address, 'GET', '/api/sessions', { token: body.token })).status, 200)
})
