/** What a guard and `request.session` mean to the app's own routes. */
import { once } from 'node:events'
import t from 'tap'
import liveSessions, { requireSession } from '../../plugins/index.ts'
import { buildApp, PASSWORD } from '../helpers/app.ts'
import { ask, logIn } from '../helpers/device.ts'
import { prepare } from '../helpers/prepare.ts'
import { connectTo, requestHead } from '../helpers/wire.ts'

t.test('a revoked cookie locks nobody out of login, health or public pages', async (t) => {
  const { address } = await buildApp(t, {
    after: (app) => {
      app.get('/public', async (request) => ({ session: request.session }))
      app.get('/health', async (request) => await request.server.sessions.health())
    }
  })
  const device = await logIn(address)
  const cookie = `session=${device.token}`
  t.match(await ask(address, 'GET', '/public', { headers: { cookie } }), { body: { session: { userId: 'user@example.com', isCurrent: true } } })
  await device.ask('POST', '/api/auth/logout')
  for (const headers of [{ cookie }, { cookie: 'session=forged' }, { authorization: 'Bearer forged' }, {}]) {
    t.match(await ask(address, 'GET', '/public', { headers }), { status: 200, body: { session: null } })
    t.match(await ask(address, 'GET', '/health', { headers }), { status: 200, body: { database: true } })
    t.match(await ask(address, 'POST', '/api/auth/login', { headers, body: { email: 'user@example.com', password: PASSWORD } }), { status: 200 })
  }
})

t.test('request.session is a frozen view, all the way down', async (t) => {
  const { address } = await buildApp(t, {
    options: { login: { verify: ({ body }) => ({ id: body.email, claims: { plan: { name: 'free' } } }) } },
    after: (app) => {
      app.get('/tamper', { onRequest: requireSession }, async (request) => {
        const session = request.session as unknown as Record<string, Record<string, Record<string, string>>>
        const attempts = [
          () => { Object.assign(session, { userId: 'root' }) },
          () => { Object.assign(session['claims'] as object, { admin: true }) },
          () => { Object.assign(session['claims']?.['plan'] as object, { name: 'gold' }) },
          () => { (request as unknown as Record<string, unknown>)['session'] = { userId: 'root' } }
        ]
        const refused = attempts.map((attempt) => { try { attempt(); return false } catch (error) { return error instanceof TypeError } })
        return { refused, session: request.session }
      })
    }
  })
  const device = await logIn(address)
  t.match(await device.ask('GET', '/tamper'), {
    status: 200,
    body: { refused: [true, true, true, true], session: { userId: 'user@example.com', claims: { plan: { name: 'free' } } } }
  })
})

t.test('request.session taken by another plugin fails the registration, with the remedy', async (t) => {
  const { app, options } = await prepare(t)
  app.decorateRequest('session', null)
  await t.rejects(async () => { await app.register(liveSessions, options) }, { code: 'SESSION_DECORATOR_TAKEN', message: /request\.session .*Remove that plugin/ })
})

t.test('registered twice, it is said so, in a scope as well', async (t) => {
  const { app, options } = await prepare(t)
  await app.register(liveSessions, options)
  const refusal = { code: 'SESSION_DECORATOR_TAKEN', message: /registered already.*Register it once/ }
  for (const more of [{}, { database: { url: 'postgres://nobody@127.0.0.1:1/nowhere' } }]) {
    await t.rejects(async () => { await app.register(async (scope) => { await scope.register(liveSessions, { ...options, ...more, prefix: '/other' }) }) }, refusal)
  }
})

t.test('an upload that outlives its session is refused before the handler', async (t) => {
  let handled = false
  let begun: () => void = () => {}
  const uploading = new Promise<void>((resolve) => { begun = resolve })
  const { address } = await buildApp(t, {
    after: (app) => {
      app.post('/upload', { onRequest: [requireSession, async () => { begun() }] }, async () => { handled = true })
    }
  })
  const [device, other] = [await logIn(address), await logIn(address)]
  const connection = connectTo(address)
  connection.write(requestHead('POST', '/upload', {
    authorization: `Bearer ${device.token}`, 'content-type': 'application/json', 'content-length': '9', connection: 'close'
  }))
  connection.write('{"a":')
  await uploading
  t.equal((await other.ask('DELETE', `/api/sessions/${device.id}`)).status, 200)
  const answer: Buffer[] = []
  connection.on('data', (chunk: Buffer) => { answer.push(chunk) })
  connection.write('"b"}')
  await once(connection, 'close')
  t.match(Buffer.concat(answer).toString(), /^HTTP\/1\.1 401 [^]*"code":"SESSION_REVOKED"[^]*"reason":"revoked_by_user"/)
  t.notOk(handled)
})

t.test('a 401 comes whole through a route\'s response schema, and past the app\'s error handler', async (t) => {
  const handled: string[] = []
  const { address } = await buildApp(t, {
    before: (app) => {
      app.setErrorHandler((error, _request, reply) => {
        handled.push((error as Error).message)
        return reply.code(418).send({ own: (error as Error).message })
      })
    },
    after: (app) => {
      const response = { 401: { type: 'object', properties: { message: { type: 'string' } } } }
      app.get('/typed', { onRequest: requireSession, schema: { response } }, async () => ({}))
      app.get('/broken', async () => { throw new Error('the app\'s own') })
    }
  })
  const device = await logIn(address)
  t.match(await device.ask('GET', '/broken'), { status: 418, body: { own: 'the app\'s own' } })
  await device.ask('POST', '/api/auth/logout')
  t.same((await device.ask('GET', '/typed')).body, {
    statusCode: 401, code: 'SESSION_REVOKED', error: 'Unauthorized', message: 'Session expired or revoked. Please log in again.', reason: 'logout'
  })
  t.match(await ask(address, 'POST', '/api/auth/login', { body: {} }), { status: 400, body: { message: /email/ } })
  t.same(handled, ['the app\'s own'], 'it heard of its own error only')
})
