/** Calls of the app's own that are wrong: refused with SESSION_CALL_INVALID, which says what is wrong and what to do; nothing is done. */
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import pg from 'pg'
import t, { type Test } from 'tap'
import { buildApp, type BuildOptions } from '../helpers/app.ts'

/** An app with a route that does what the test says. */
async function buildAsking (t: Test, options: BuildOptions = {}) {
  let work: (request: FastifyRequest, reply: FastifyReply) => unknown = () => null
  const built = await buildApp(t, {
    ...options,
    async after (app) {
      await options.after?.(app)
      app.get('/ask', async (request, reply) => await work(request, reply) ?? {})
    }
  })
  async function answerOf (asked: typeof work) {
    work = asked
    const { statusCode, headers, body } = await built.app.inject('/ask')
    return { statusCode, cookies: headers['set-cookie'], body: JSON.parse(body) as unknown }
  }
  return { ...built, answerOf }
}

const refusal = (message: RegExp) => ({ statusCode: 500, cookies: undefined, body: { code: 'SESSION_CALL_INVALID', message } })

t.test('the cookie takes what open() or confirm() gave, and nothing else', async (t) => {
  const { app, answerOf, database } = await buildAsking(t)
  const client = new pg.Client(database.url)
  await client.connect()
  t.teardown(() => client.end())
  t.match(await answerOf(async (request, reply) => {
    await client.query('begin')
    const pending = await app.sessions.openIn(client, request, { userId: 'ada' })
    await client.query('rollback')
    reply.setSession(pending as never)
  }), refusal(/confirm\(\)/))
  const open = async (request: FastifyRequest) => await app.sessions.open(request, { userId: 'ada' })
  // Wrapped, for a promise not to be awaited on the way.
  const wrong: Array<[given: (request: FastifyRequest) => unknown, message: RegExp]> = [
    [() => ({ opened: undefined }), /got undefined/],
    [() => ({ opened: null }), /got null/],
    [() => ({ opened: 'a-token' }), /got a text/],
    [(request) => ({ opened: open(request) }), /got a promise.*await/],
    [async (request) => ({ opened: { ...await open(request), expiresAt: 'soon' } }), /got an object/],
    [async (request) => ({ opened: { token: (await open(request)).token } }), /got an object/]
  ]
  for (const [given, message] of wrong) {
    t.match(await answerOf(async (request, reply) => { reply.setSession((await given(request) as { opened: never }).opened) }), refusal(message), message.source)
  }
  t.match(await answerOf(async (request, reply) => { reply.setSession(await open(request)) }), { statusCode: 200, cookies: [/-device=/, /session=/] })
})

t.test('a request that the plugin has not seen opens no session, and it is said how to have it seen', async (t) => {
  const openWith = (app: FastifyInstance) => async (request: FastifyRequest | IncomingMessage) => await app.sessions.open(request as FastifyRequest, { userId: 'ada' })
  const { app, answerOf } = await buildAsking(t, {
    before (app) {
      app.addHook('onRequest', async (request) => { if (request.url === '/early') await openWith(app)(request) })
      app.get('/early', async () => ({}))
    }
  })
  t.match(await answerOf(async ({ raw }) => await openWith(app)(raw)), refusal(/request\.raw/))
  const early = await app.inject('/early')
  t.match({ statusCode: early.statusCode, body: early.json() as unknown }, { statusCode: 500, body: { code: 'SESSION_CALL_INVALID', message: /register the plugin before the hooks/ } })
  for (const given of [undefined, null, { userId: 'ada' }, 'request']) t.match(await answerOf(async () => await openWith(app)(given as never)), refusal(/request is .* that the plugin has not seen/))
  t.same(await app.sessions.list('ada'), [])
})
