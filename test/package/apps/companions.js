/** The plugins that apps have beside ours: how an app uses each, and what must work of it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import { Server as SocketIoServer } from 'socket.io'
import { Type } from 'typebox'
import { WebSocket } from 'ws'
import { z } from 'zod'

const plugin = async (name) => (await import(name)).default

/**
 * Each registers itself in a scope, with a route or two, and gives a function that tries them with a living session's `headers`. `guard` is
 * `requireSession` where our plugin reaches the scope, which is then `guarded`; else nothing, and `userId` is 'nobody'.
 */
export const COMPANIONS = {
  '@fastify/auth': async (scope, { guard, guarded }) => {
    await scope.register(await plugin('@fastify/auth'))
    const apiKey = (request, _reply, done) => { done(request.headers['x-api-key'] === 'valid' ? undefined : new Error('no key')) }
    scope.after(() => {
      scope.get('/theirs/either', { onRequest: scope.auth([guard, apiKey]) }, async () => 'either')
      scope.get('/theirs/either-way-round', { onRequest: scope.auth([apiKey, guard]) }, async () => 'either')
      scope.get('/theirs/both', { onRequest: scope.auth([guard, apiKey], { relation: 'and' }) }, async () => 'both')
    })
    return async ({ status, headers }) => {
      for (const path of ['/theirs/either', '/theirs/either-way-round']) {
        assert.equal(await status(path, headers), 200, `${path} with a session`)
        assert.equal(await status(path, { 'x-api-key': 'valid' }), 200, `${path} with a key`)
        assert.equal(await status(path), guarded ? 401 : 200, `${path} with nothing`)
      }
      assert.equal(await status('/theirs/both', { ...headers, 'x-api-key': 'valid' }), 200, 'both')
      assert.notEqual(await status('/theirs/both', headers), 200, 'a session without a key')
    }
  },
  '@fastify/bearer-auth': async (scope) => {
    await scope.register(await plugin('@fastify/bearer-auth'), { keys: ['a key'], addHook: false, verifyErrorLogLevel: 'debug' })
    scope.after(() => { scope.get('/theirs/key', { onRequest: scope.verifyBearerAuth }, async () => 'key') })
    return async ({ status, headers }) => {
      assert.equal(await status('/theirs/key', { authorization: 'Bearer a key' }), 200)
      assert.equal(await status('/theirs/key', headers), 401)
    }
  },
  '@fastify/basic-auth': async (scope) => {
    await scope.register(await plugin('@fastify/basic-auth'), { validate: async (name, password) => { if (`${name}:${password}` !== 'ada:secret') throw new Error('no') }, authenticate: true })
    scope.after(() => { scope.get('/theirs/basic', { onRequest: scope.basicAuth }, async (request) => ({ session: request.session })) })
    return async ({ status }) => {
      assert.equal(await status('/theirs/basic', { authorization: `Basic ${btoa('ada:secret')}` }), 200)
      assert.equal(await status('/theirs/basic'), 401)
    }
  },
  '@fastify/cors': async (scope) => {
    await scope.register(await plugin('@fastify/cors'), { origin: ['https://app.example.com'], credentials: true })
    scope.get('/theirs/page', async () => 'page')
    return async ({ ask }) => {
      const { headers } = await ask('GET', '/theirs/page', { origin: 'https://app.example.com' })
      assert.equal(headers['access-control-allow-origin'], 'https://app.example.com')
    }
  },
  '@fastify/helmet': async (scope) => {
    await scope.register(await plugin('@fastify/helmet'), { enableCSPNonces: true })
    scope.get('/theirs/page', async () => 'page')
    return async ({ ask }) => { assert.ok((await ask('GET', '/theirs/page')).headers['content-security-policy'] !== undefined) }
  },
  '@fastify/csrf-protection': async (scope) => {
    await scope.register(await plugin('@fastify/cookie'))
    await scope.register(await plugin('@fastify/csrf-protection'))
    scope.get('/theirs/token', async (_request, reply) => reply.generateCsrf())
    scope.after(() => { scope.post('/theirs/form', { onRequest: scope.csrfProtection }, async () => 'sent') })
    return async ({ ask }) => {
      const answer = await ask('GET', '/theirs/token')
      const [cookie] = answer.headers['set-cookie'][0].split(';')
      assert.equal((await ask('POST', '/theirs/form', { cookie, 'csrf-token': answer.text })).status, 200)
      assert.equal((await ask('POST', '/theirs/form')).status, 403)
    }
  },
  '@fastify/rate-limit': async (scope) => {
    await scope.register(await plugin('@fastify/rate-limit'), { max: 1_000, keyGenerator: (request) => request.session?.userId ?? request.ip })
    scope.get('/theirs/rare', { config: { rateLimit: { max: 1 } } }, async () => 'rare')
    return async ({ status }) => { assert.deepEqual([await status('/theirs/rare'), await status('/theirs/rare')], [200, 429]) }
  },
  '@fastify/under-pressure': async (scope) => {
    // Not by the loop's delay: where nothing was measured, it calls that infinite.
    await scope.register(await plugin('@fastify/under-pressure'), { exposeStatusRoute: '/theirs/status', maxHeapUsedBytes: 2 ** 40 })
    return async ({ status }) => { assert.equal(await status('/theirs/status'), 200) }
  },
  '@fastify/compress': async (scope) => {
    await scope.register(await plugin('@fastify/compress'), { threshold: 0 })
    scope.get('/theirs/long', async () => 'long '.repeat(1_000))
    return async ({ ask }) => {
      const { headers, text } = await ask('GET', '/theirs/long', { 'accept-encoding': 'gzip' })
      assert.equal(headers['content-encoding'], 'gzip')
      assert.equal(text, 'long '.repeat(1_000))
    }
  },
  '@fastify/formbody': async (scope) => {
    await scope.register(await plugin('@fastify/formbody'))
    scope.post('/theirs/form', async (request) => request.body.a)
    return async ({ ask }) => {
      assert.equal((await ask('POST', '/theirs/form', { 'content-type': 'application/x-www-form-urlencoded' }, 'a=1')).text, '1')
    }
  },
  '@fastify/multipart': async (scope) => {
    await scope.register(await plugin('@fastify/multipart'), { attachFieldsToBody: 'keyValues' })
    scope.post('/theirs/upload', async (request) => request.body.a)
    return async ({ ask }) => {
      const form = new FormData()
      form.set('a', '1')
      const encoded = new Response(form)
      assert.equal((await ask('POST', '/theirs/upload', Object.fromEntries(encoded.headers), Buffer.from(await encoded.arrayBuffer()))).text, '1')
    }
  },
  '@fastify/static': async (scope) => {
    const root = mkdtempSync(join(tmpdir(), 'live-sessions-static-'))
    writeFileSync(join(root, 'index.html'), '<p>a page</p>')
    await scope.register(await plugin('@fastify/static'), { root })
    return async ({ ask, status }) => {
      assert.equal((await ask('GET', '/')).text, '<p>a page</p>')
      assert.equal(await status('/index.html'), 200)
    }
  },
  '@fastify/http-proxy': async (scope, { guard, guarded }) => {
    const upstream = Fastify()
    await upstream.register(await plugin('@fastify/websocket'))
    upstream.get('/page', async () => 'from behind')
    upstream.get('/socket', { websocket: true }, (socket) => { socket.send('from behind') })
    const behind = await upstream.listen({ port: 0, host: '127.0.0.1' })
    scope.addHook('onClose', async () => { await upstream.close() })
    await scope.register(await plugin('@fastify/http-proxy'), { upstream: behind, prefix: '/theirs', websocket: true, preHandler: guard })
    return async ({ ask, status, headers, firstMessage }) => {
      assert.equal((await ask('GET', '/theirs/page', headers)).text, 'from behind')
      assert.equal(await status('/theirs/page'), guarded ? 401 : 200)
      assert.equal(await firstMessage('/theirs/socket', headers), 'from behind')
    }
  },
  '@fastify/swagger': async (scope, { sees }) => {
    await scope.register(await plugin('@fastify/swagger'), { openapi: { info: { title: 'theirs', version: '1' } } })
    await scope.register(await plugin('@fastify/swagger-ui'), { routePrefix: '/theirs/documentation' })
    return async ({ ask }) => {
      const { paths } = JSON.parse((await ask('GET', '/theirs/documentation/json')).text)
      if (sees) assert.ok(paths['/api/sessions/{id}'])
    }
  },
  '@fastify/request-context': async (scope, { guard }) => {
    const { fastifyRequestContext, requestContext } = await import('@fastify/request-context')
    await scope.register(fastifyRequestContext)
    scope.get('/theirs/context', { onRequest: guard, preHandler: async (request) => { requestContext.set('user', request.session?.userId ?? 'nobody') } }, async () => requestContext.get('user'))
    return async ({ ask, headers, userId }) => { assert.equal((await ask('GET', '/theirs/context', headers)).text, userId) }
  },
  '@fastify/session': async (scope) => {
    await scope.register(await plugin('@fastify/cookie'))
    await scope.register(await plugin('@fastify/session'), { secret: 'only for this test, and longer than 32 bytes', cookieName: 'theirs', cookie: { secure: false } })
    scope.get('/theirs/count', async (request) => {
      request.session.count = (request.session.count ?? 0) + 1
      return String(request.session.count)
    })
    return async ({ ask }) => {
      const first = await ask('GET', '/theirs/count')
      const [cookie] = first.headers['set-cookie'][0].split(';')
      assert.equal((await ask('GET', '/theirs/count', { cookie })).text, '2')
    }
  },
  '@fastify/websocket': async (scope, { guard }) => {
    await scope.register(await plugin('@fastify/websocket'), { options: { maxPayload: 32, clientTracking: false, handleProtocols: () => false } })
    scope.after(() => { scope.get('/theirs/socket', { websocket: true, onRequest: guard }, (socket, request) => { socket.send(request.session?.userId ?? 'nobody') }) })
    return async ({ firstMessage, headers, userId }) => { assert.equal(await firstMessage('/theirs/socket', headers), userId) }
  },
  mercurius: async (scope) => {
    await scope.register(await plugin('mercurius'), {
      schema: 'type Query { me: String } type Subscription { count: Int }',
      resolvers: {
        Query: { me: (_root, _args, { reply }) => reply.request.session?.userId ?? 'nobody' },
        Subscription: { count: { subscribe: async function * () { yield { count: 1 } } } }
      },
      path: '/theirs/graphql',
      subscription: true
    })
    return async ({ ask, headers, userId, address }) => {
      const answer = await ask('POST', '/theirs/graphql', { ...headers, 'content-type': 'application/json' }, JSON.stringify({ query: '{ me }' }))
      assert.equal(JSON.parse(answer.text).data.me, userId)
      const socket = new WebSocket(`${address.replace('http', 'ws')}/theirs/graphql`, ['graphql-transport-ws'])
      await once(socket, 'open')
      socket.send(JSON.stringify({ type: 'connection_init' }))
      await once(socket, 'message')
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: 'subscription { count }' } }))
      const [data] = await once(socket, 'message')
      assert.equal(JSON.parse(String(data)).payload.data.count, 1)
      socket.terminate()
    }
  },
  'socket.io': async (scope) => {
    const io = new SocketIoServer().attach(scope.server, { path: '/theirs/io', serveClient: false })
    scope.addHook('preClose', async () => { io.engine.close() })
    return async ({ firstMessage, ask }) => {
      assert.match(await firstMessage('/theirs/io/?EIO=4&transport=websocket'), /^0\{"sid"/)
      assert.match((await ask('GET', '/theirs/io/?EIO=4&transport=polling')).text, /^0\{"sid"/)
    }
  },
  'fastify-type-provider-zod': async (scope, { guard }) => {
    const { serializerCompiler, validatorCompiler } = await import('fastify-type-provider-zod')
    scope.setValidatorCompiler(validatorCompiler)
    scope.setSerializerCompiler(serializerCompiler)
    scope.get('/theirs/double', { onRequest: guard, schema: { querystring: z.object({ n: z.coerce.number() }), response: { 200: z.object({ n: z.number() }) } } }, async ({ query }) => ({ n: query.n * 2 }))
    return async ({ ask, status, headers }) => {
      assert.deepEqual(JSON.parse((await ask('GET', '/theirs/double?n=21', headers)).text), { n: 42 })
      assert.equal(await status('/theirs/double?n=x', headers), 400)
    }
  },
  '@fastify/type-provider-typebox': async (scope, { guard }) => {
    const { TypeBoxValidatorCompiler } = await import('@fastify/type-provider-typebox')
    scope.setValidatorCompiler(TypeBoxValidatorCompiler)
    scope.get('/theirs/double', { onRequest: guard, schema: { querystring: Type.Object({ n: Type.String({ pattern: '^\\d+$' }) }), response: { 200: Type.Object({ n: Type.Number() }) } } }, async ({ query }) => ({ n: query.n * 2 }))
    return async ({ ask, status, headers }) => {
      assert.deepEqual(JSON.parse((await ask('GET', '/theirs/double?n=21', headers)).text), { n: 42 })
      assert.equal(await status('/theirs/double?n=x', headers), 400)
    }
  }
}
