/** Guards among other guards: each says no with an error that has all of its answer, whoever asks several goes on, and alone it answers as ever. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import t from 'tap'
import liveSessions, { requireRecentAuthentication, requireSession } from '../../plugins/index.ts'
import { buildApp } from '../helpers/app.ts'
import { ask, logIn } from '../helpers/device.ts'
import { prepare } from '../helpers/prepare.ts'

type Done = (error?: Error) => void
type Guard = (request: FastifyRequest, reply: FastifyReply, done: Done) => void
const asGuard = (guard: unknown): Guard => guard as Guard

const apiKey: Guard = (request, _reply, done) => {
  if (request.headers['x-api-key'] === 'right') done()
  else done(Object.assign(new Error('no key'), { statusCode: 401, code: 'NO_KEY' }))
}

/** As @fastify/auth does: one after the other with a callback, until one lets pass; the last error counts. */
function either (...guards: Guard[]): Guard {
  return (request, reply, done) => {
    const [first, ...others] = guards as [Guard, ...Guard[]]
    first.call(request.server, request, reply, (error) => {
      if (error !== undefined && others.length > 0) either(...others)(request, reply, done)
      else done(error)
    })
  }
}

/** As apps with promises do. */
function eitherAsync (...guards: Guard[]) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const answers = guards.map((guard) => new Promise<void>((resolve, reject) => {
      guard(request, reply, (error) => { if (error === undefined) resolve(); else reject(error) })
    }))
    await Promise.any(answers).catch(async () => { await answers[0] })
  }
}

const HOOKS = ['onRequest', 'preValidation', 'preHandler'] as const
const handler = async (request: FastifyRequest): Promise<unknown> => ({ userId: request.session?.userId ?? null })

t.test('a valid key passes where a session is missing, forged or revoked, and nothing of the refusal is on the answer', async (t) => {
  const guards = { session: asGuard(requireSession), recent: asGuard(requireRecentAuthentication(60_000)) }
  const { address } = await buildApp(t, {
    after (app) {
      for (const hook of HOOKS) {
        for (const [name, guard] of Object.entries(guards)) {
          app.get(`/${hook}/${name}/callback`, { [hook]: either(guard, apiKey) }, handler)
          app.get(`/${hook}/${name}/promise`, { [hook]: eitherAsync(guard, apiKey) }, handler)
        }
      }
    }
  })
  const [device, gone] = [await logIn(address), await logIn(address)]
  await gone.ask('POST', '/api/auth/logout')
  for (const hook of HOOKS) {
    for (const name of Object.keys(guards)) {
      for (const way of ['callback', 'promise']) {
        const path = `/${hook}/${name}/${way}`
        for (const credentials of [{}, { authorization: 'Bearer forged' }, { authorization: `Bearer ${gone.token}` }]) {
          const { status, headers, body } = await ask(address, 'GET', path, { headers: { ...credentials, 'x-api-key': 'right' } })
          t.match({ status, body }, { status: 200, body: { userId: null } }, path)
          for (const header of ['www-authenticate', 'retry-after', 'cache-control', 'set-cookie']) t.equal(headers.get(header), null, header)
          t.equal((await ask(address, 'GET', path, { headers: credentials })).status, 401, path)
        }
        t.match(await device.ask('GET', path), { status: 200, body: { userId: device.userId } }, path)
      }
    }
  }
})

t.test('what a guard rejects with has status, code, reason and headers, for an error handler and for Fastify\'s own', async (t) => {
  for (const own of [false, true]) {
    const handled: unknown[] = []
    const { address } = await buildApp(t, {
      before (app) {
        if (own) {
          app.setErrorHandler((error, _request, reply) => {
            const { code, reason, headers } = error as { code?: string, reason?: string, headers?: unknown }
            handled.push({ code, reason, headers })
            return reply.code(401).send({ own: code })
          })
        }
      },
      after: (app) => { app.get('/either', { onRequest: either(apiKey, asGuard(requireSession)) }, handler) }
    })
    const device = await logIn(address)
    await device.ask('POST', '/api/auth/logout')
    const { status, headers, body } = await device.ask('GET', '/either')
    if (own) {
      t.match({ status, body }, { status: 401, body: { own: 'SESSION_REVOKED' } })
      t.match(handled, [{ code: 'SESSION_REVOKED', reason: 'logout', headers: { 'www-authenticate': 'Bearer', 'cache-control': 'no-store' } }])
    } else {
      t.match({ status, body }, { status: 401, body: { statusCode: 401, code: 'SESSION_REVOKED', error: 'Unauthorized', message: /log in again/ } })
      t.equal(headers.get('www-authenticate'), 'Bearer')
      t.equal(headers.get('cache-control'), 'no-store')
    }
  }
})

t.test('alone a guard answers by itself, past the app\'s error handler: on a route, on a scope, and handed on by a hook of the app\'s', async (t) => {
  const handled: unknown[] = []
  const { app, options, listen } = await prepare(t)
  app.setErrorHandler((error, _request, reply) => { handled.push(error); return reply.code(418).send('own') })
  app.get('/before', { onRequest: requireSession }, handler)
  await app.register(liveSessions, options)
  const recent = requireRecentAuthentication(60_000)
  for (const hook of ['onRequest', 'preHandler'] as const) {
    app.get(`/${hook}`, { [hook]: requireSession }, handler)
    app.get(`/recent/${hook}`, { [hook]: recent }, handler)
    app.get(`/handed-on/${hook}`, { [hook]: ((request, reply, done) => { asGuard(requireSession)(request, reply, done) }) as Guard }, handler)
    app.get(`/second/${hook}`, { [hook]: [async () => { await Promise.resolve() }, requireSession] }, handler)
    await app.register(async (scope) => {
      scope.addHook(hook as 'onRequest', requireSession as never)
      scope.get('/', handler)
    }, { prefix: `/scope/${hook}` })
  }
  const address = await listen()
  const device = await logIn(address)
  const paths = ['/before', ...['onRequest', 'preHandler'].flatMap((hook) => [`/${hook}`, `/recent/${hook}`, `/handed-on/${hook}`, `/second/${hook}`, `/scope/${hook}`])]
  for (const path of paths) t.equal((await device.ask('GET', path)).status, 200, path)
  await device.ask('POST', '/api/auth/logout')
  for (const path of paths) {
    const { status, headers, body } = await device.ask('GET', path)
    t.equal(status, 401, path)
    t.same(body, { statusCode: 401, code: 'SESSION_REVOKED', error: 'Unauthorized', message: 'Session expired or revoked. Please log in again.', reason: 'logout' }, path)
    t.equal(headers.get('www-authenticate'), 'Bearer')
  }
  t.same(handled, [])
})
