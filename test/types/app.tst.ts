/** What an app in TypeScript gets merely by importing `fastify-live-sessions`: Fastify's types with the plugin's, and guards that its routes understand. No `toBeCallableWith` in here: TSTyche checks a file that has one a second time, and this one takes long. */
import type { FastifyPluginAsyncTypebox, TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, type FastifyServerOptions } from 'fastify'
import liveSessions, { requireSession, sessionOf, type SessionRequest, type SessionsApi, type SessionView, type WithSession } from 'fastify-live-sessions'
import { Type } from 'typebox'
import { describe, expect, test } from 'tstyche'

const app = Fastify()
const other = async (_request: FastifyRequest, _reply: FastifyReply): Promise<void> => {}
const loadOrder = async (_request: FastifyRequest<{ Params: { id: string } }>): Promise<void> => {}

declare module 'fastify' {
  interface FastifyContextConfig {
    role?: string
  }
}

describe('without a guard', () => {
  test('the session may be null', () => {
    app.get('/', async (request) => { expect(request.session).type.toBe<SessionView | null>() })
    app.get('/', { config: { role: 'admin' } }, async (request) => { expect(request.session).type.toBe<SessionView | null>() })
    app.get('/', { onRequest: other }, async (request) => { expect(request.session).type.toBe<SessionView | null>() })
    app.addHook('onRequest', async (request) => { expect(request.session).type.toBe<SessionView | null>() })
  })

  test('app and reply have what the plugin adds', () => {
    expect(app.sessions).type.toBe<SessionsApi>()
    expect(app.requireSession).type.toBe<typeof requireSession>()
    app.get('/', async (request, reply) => {
      expect(reply.setSession(await app.sessions.open(request, { userId: 'ada' })).clearSession().redirect('/')).type.toBe<typeof reply>()
    })
  })

  test('the cookie takes a session of openIn when it is confirmed, and not before', () => {
    app.get('/', async (request, reply) => {
      const pending = await app.sessions.openIn({ query: async () => ({ rows: [] }) }, request, { userId: 'ada' })
      expect(pending).type.not.toBeAssignableTo<Parameters<typeof reply.setSession>[0]>()
      expect(await pending.confirm()).type.toBeAssignableTo<Parameters<typeof reply.setSession>[0]>()
    })
  })
})

describe('behind requireSession the session is there', () => {
  test('in any hook before the handler', () => {
    app.get('/', { onRequest: requireSession }, async (request) => { expect(request.session).type.toBe<SessionView>() })
    app.get('/', { preParsing: other, preHandler: requireSession }, async (request) => { expect(request.session).type.toBe<SessionView>() })
    app.get('/', { preValidation: [requireSession] }, (request, reply) => { void reply.send(request.session.id) })
    app.get('/', { onRequest: app.requireSession }, async (request) => { expect(request.session).type.toBe<SessionView>() })
  })

  test('beside other hooks, before and after', () => {
    app.get('/', { onRequest: [requireSession, other] }, async (request) => { expect(request.session).type.toBe<SessionView>() })
    app.get('/', { onRequest: [other, requireSession], preHandler: other }, async (request) => { expect(request.session).type.toBe<SessionView>() })
    app.get('/', { onRequest: requireSession, preHandler: async (request) => { expect(request.session).type.toBe<SessionView>() } }, async (request) => request.session.id)
    app.get('/:id', { onRequest: requireSession, preHandler: loadOrder }, async (request) => {
      expect(request.params).type.toBe<{ id: string }>()
      expect(request.session).type.toBe<SessionView>()
    })
  })

  test('with a config that the app has declared', () => {
    app.get('/', { onRequest: requireSession, config: { role: 'admin' } }, async (request) => {
      expect(request.session).type.toBe<SessionView>()
      expect(request.routeOptions.config.role).type.toBe<string | undefined>()
    })
  })

  test('in a whole route', () => {
    app.route({ method: 'GET', url: '/', onRequest: requireSession, handler: async (request) => { expect(request.session).type.toBe<SessionView>() } })
    app.route({ method: 'GET', url: '/', handler: async (request) => request.session.id, onRequest: [requireSession] })
  })

  test('with a type provider, of the app and of a plugin', () => {
    const schema = { params: Type.Object({ id: Type.Number() }), body: Type.Object({ name: Type.String() }) }
    Fastify().withTypeProvider<TypeBoxTypeProvider>().post('/:id', { onRequest: requireSession, schema }, async (request) => {
      expect(request.params.id).type.toBe<number>()
      expect(request.body.name).type.toBe<string>()
      expect(request.session).type.toBe<SessionView>()
    })
    const routes: FastifyPluginAsyncTypebox = async (scope) => {
      scope.post('/:id', { schema, onRequest: [requireSession], preHandler: other }, async (request) => {
        expect(request.params.id).type.toBe<number>()
        expect(request.session).type.toBe<SessionView>()
      })
    }
    void app.register(routes)
  })

  test('where the route names its own types', () => {
    app.get<{ Params: { id: string } }, WithSession>('/:id', { onRequest: requireSession }, async (request) => {
      expect(request.params.id).type.toBe<string>()
      expect(request.session).type.toBe<SessionView>()
    })
    app.get<{ Params: { id: string } }>('/:id', { onRequest: requireSession }, async (request) => {
      expect(request.session).type.toBe<SessionView | null>()
      expect(sessionOf(request)).type.toBe<SessionView>()
    })
  })

  test('in a scope that has the guard as a hook', () => {
    void app.register(async (scope) => {
      scope.addHook('onRequest', requireSession)
      scope.get('/', async (request) => { expect(sessionOf(request)).type.toBe<SessionView>() })
    })
  })

  test('for a function that takes the request', () => {
    const needsSession = (request: SessionRequest): string => request.session.userId
    const takesAny = (request: FastifyRequest): string | undefined => request.session?.userId
    app.get('/', { onRequest: requireSession }, async (request) => [needsSession(request), takesAny(request)])
    app.get('/', async (request) => {
      expect(request).type.not.toBeAssignableTo<SessionRequest>()
      return takesAny(request)
    })
  })

  test('on other servers than plain HTTP', () => {
    Fastify({ http2: true }).get('/', { onRequest: requireSession }, async (request) => { expect(request.session).type.toBe<SessionView>() })
    Fastify({ https: {} }).get('/', { onRequest: requireSession }, async (request) => { expect(request.session).type.toBe<SessionView>() })
    const options: FastifyServerOptions = { logger: true }
    Fastify(options).get('/', { onRequest: requireSession }, async (request) => { expect(request.session).type.toBe<SessionView>() })
  })
})

describe('the plugin', () => {
  test('is registered with its options', () => {
    const start = async (app: FastifyInstance): Promise<void> => {
      await app.register(liveSessions, { secret: process.env['JWT_SECRET'], database: process.env['DATABASE_URL'], redis: process.env['REDIS_URL'] })
    }
    void start(app)
    expect(app).type.toBeAssignableTo<FastifyInstance>()
  })

  test('takes strings, numbers and bigints as user ids, and any claims', () => {
    app.post('/', async (request) => {
      await app.sessions.open(request, { userId: 7, claims: { plan: 'pro' } })
      await app.sessions.open(request, { userId: 7n })
      await app.sessions.list(request.session?.userId ?? 7)
      expect(request.session?.claims['plan']).type.toBe<unknown>()
      expect<{ userId: null }>().type.not.toBeAssignableTo<Parameters<typeof app.sessions.open>[1]>()
    })
  })
})
