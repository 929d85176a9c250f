/** Calls of the app's own that are wrong: refused with SESSION_CALL_INVALID, which says what is wrong and what to do; nothing is done. */
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import pg from 'pg'
import t, { type Test } from 'tap'
import type { SessionsApi } from '../../plugins/index.ts'
import { signIn } from '../../src/testing/sign-in.ts'
import { buildApp, PASSWORD, type BuildOptions } from '../helpers/app.ts'
import { ask } from '../helpers/device.ts'

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

t.test('a wrong argument is refused by its name, near misses with the name that was meant, and nothing is done', async (t) => {
  const { app, answerOf, database } = await buildAsking(t)
  const client = new pg.Client(database.url)
  await client.connect()
  t.teardown(() => client.end())
  const { session } = await signIn(app, 'ada')
  const { id } = session
  const owned = { id, userId: 'ada', expiresAt: session.expiresAt, claims: {} }
  // As JavaScript calls it, where no compiler looks.
  const sessions = app.sessions as unknown as Record<keyof SessionsApi, (...given: unknown[]) => unknown>
  const wrong: Array<[call: keyof SessionsApi, given: unknown[], message: RegExp]> = [
    ['revoke', [undefined], /sessionId is undefined/], ['revoke', [owned], /sessionId is an object/], ['get', [5], /sessionId is the number 5/],
    ['get', [id, { curentId: id }], /did you mean currentId/], ['get', [id, 'ada'], /options of get is a text/],
    ['revoke', [id, { reason: 'becauseee' }], /reason is "becauseee"; it takes .*password_changed/], ['revoke', [id, { reason: 'pasword_changed' }], /did you mean password_changed/],
    ['revoke', [id, { reason: null }], /reason is null/], ['revoke', [id, { by: {} }], /by is an object/], ['revoke', [id, { ip: 5 }], /ip is the number 5/], ['revoke', [id, null], /options of revoke is null/],
    // Whose it is was not known: it is not everybody's.
    ['get', [id, { userId: undefined }], /userId is undefined/], ['revoke', [id, { userId: undefined }], /userId is undefined/], ['confirm', [id, { userId: undefined }], /userId is undefined/],
    ['rename', [id, 'Tablet', { userId: undefined }], /userId is undefined/],
    ['revokeIn', [client, { sessionId: id, userId: undefined }], /userId is undefined/], ['revokeUser', ['ada', { except: undefined }], /except is undefined/], ['revokeIn', [client, { userId: 'ada', except: undefined }], /except is undefined/],
    ['revoke', [id, { user: 'eve' }], /"user" does not exist; did you mean userId/],
    ['revokeUser', ['ada', { excpet: id }], /"excpet" does not exist; did you mean except/], ['revokeUser', ['ada', { except: 'x' }], /except is a text/], ['revokeUser', ['ada', { zzz: 1 }], /there are except, reason, by, ip/],
    ['revokeOthers', [null], /session is null/], ['revokeOthers', [id], /session is a text/], ['revokeOthers', [{ userId: 'ada' }], /session\.id is undefined/], ['revokeOthers', [{ id }], /session\.userId is undefined/],
    ['reauthenticated', [null], /session is null/], ['signal', [null], /session is null/], ['signal', [{ id }], /session\.expiresAt is undefined/], ['aliveStatement', [undefined], /session is undefined/],
    ['attach', [{}, owned], /socket is an object/], ['attach', [null, owned], /socket is null/],
    ['assertAlive', [client, null], /session is null/], ['revokeIn', [client, null], /second argument of revokeIn is null/], ['revokeIn', [client, { userID: 'ada' }], /did you mean userId/],
    ['revokeIn', [client, { userId: 'ada' }, { resaon: 'policy' }], /did you mean reason/],
    ['rename', [id, 5], /deviceName is the number 5/], ['list', ['ada', { includeEnded: 'no' }], /includeEnded is a text/], ['listPage', ['ada', { currentID: id }], /did you mean currentId/],
    ['on', ['endd', () => {}], /the event is "endd"; did you mean ended/], ['on', ['ended'], /the listener is undefined/],
    ['list', ['a\0da'], /userId is a text with NUL/], ['list', ['\ud800'], /lone surrogate/], ['list', [2 ** 60], /may have rounded/], ['list', [10n ** 300n], /userId is a number of 301 digits/]
  ]
  for (const [call, given, message] of wrong) {
    await t.rejects(async () => { await sessions[call](...given) }, { code: 'SESSION_CALL_INVALID', statusCode: 500, message }, `${call} ${String(message)}`)
  }
  const opening: Array<[options: unknown, message: RegExp]> = [
    [undefined, /userId is undefined/], [null, /second argument of open is null/], ['ada', /second argument of open is a text/], [{ userid: 1 }, /did you mean userId/],
    [{ userId: 1, device: 'phone' }, /device is a text/], [{ userId: 1, device: { nmae: 'Phone' } }, /device: "nmae" does not exist; did you mean name/],
    [{ userId: 1, device: { name: 5 } }, /device\.name is the number 5/], [Promise.resolve({ userId: 1 }), /promise.*await/]
  ]
  for (const [options, message] of opening) t.match(await answerOf((request) => sessions.open(request, options)), refusal(message), String(message))
  await t.rejects(app.sessions.rename(id, 'x'.repeat(101)), { code: 'SESSION_ARGUMENT_INVALID', statusCode: 400 })
  await t.rejects(app.sessions.get('nope'), { code: 'SESSION_NOT_FOUND' }, 'a text is a client\'s, perhaps')
  t.same(await app.sessions.list('ada', { currentId: null, includeEnded: true }), [session].map((shown) => ({ ...shown, isCurrent: false })))
  t.same(await app.sessions.list(1), [])
})

t.test('what a client says of its device beside what is asked for is no mistake of the app\'s', async (t) => {
  const { address } = await buildApp(t)
  const body = { email: 'ada@example.com', password: PASSWORD, device: { name: 'Phone', colour: 'red' } }
  t.match(await ask(address, 'POST', '/api/auth/login', { body }), { status: 200, body: { session: { deviceName: 'Phone' } } })
})
