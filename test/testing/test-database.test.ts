/** An app's own tests: a database without a server, and signing in without a login route. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import WebSocket from 'ws'
import liveSessions, { requireSession, type LiveSessionsOptions } from '../../plugins/index.ts'
import { signIn, startTestDatabase, type TestDatabase } from '../../src/testing/index.ts'
import { SECRET } from '../helpers/app.ts'

// PGlite is compiled once, not a second time for speed, as the guide on testing says for short test files.
setFlagsFromString('--liftoff-only')
t.teardown(() => { setFlagsFromString('--no-liftoff-only') })

const MODULES = new URL('../../node_modules/', import.meta.url)

async function startApp (t: Test, database: TestDatabase, options: Partial<LiveSessionsOptions> = {}): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(liveSessions, { secret: SECRET, database: database.options, ...options })
  app.get('/me', { onRequest: requireSession }, async (request) => request.session)
  app.post('/notes', { onRequest: requireSession }, async () => ({}))
  return app
}

/** Of the prepared files of an empty database, which the first start leaves beside PGlite. */
function hashOfKeptCopy (): string {
  const { version } = JSON.parse(readFileSync(new URL('@electric-sql/pglite/package.json', MODULES), 'utf8')) as { version: string }
  return createHash('sha256').update(readFileSync(new URL(`.cache/fastify-live-sessions/pglite-${version}.br`, MODULES))).digest('hex')
}

/** A start takes seconds: one app after the other uses them. */
const databases = await Promise.all([startTestDatabase(), startTestDatabase()])
t.teardown(async () => { await Promise.all(databases.map(({ stop }) => stop())) })

t.test('an app over a test database signs in, lists, ends and refuses, with several databases at once', async (t) => {
  t.not(databases[0].options.url, databases[1].options.url)
  for (const database of databases) {
    const app = await startApp(t, database)
    const [phone, laptop] = [await signIn(app, 'ada', { device: { name: 'Phone' } }), await signIn(app, 'ada')]
    const list = await app.inject({ url: '/api/sessions', headers: laptop.headers })
    t.same(list.json().map(({ id }: { id: string }) => id), [laptop.session.id, phone.session.id], 'and nothing of the other database')
    t.equal(phone.session.deviceName, 'Phone')
    t.match((await app.inject({ method: 'DELETE', url: `/api/sessions/${phone.session.id}`, headers: laptop.headers })).json(), { count: 1, confirmed: true })
    t.match((await app.inject({ url: '/me', headers: phone.headers })).json(), { statusCode: 401, code: 'SESSION_REVOKED' })
    t.equal((await app.inject({ url: '/me', headers: laptop.headers })).statusCode, 200)
    // As everybody would at once: the pool of one makes them wait for each other.
    const answers = await Promise.all(Array.from({ length: 20 }, async () => await app.inject({ url: '/api/sessions', headers: laptop.headers })))
    t.ok(answers.every(({ statusCode }) => statusCode === 200))
    await app.close()
  }
})

t.test('signIn gives headers for a socket and for the cookie, takes numbers, claims and a device, and keeps the rules', async (t) => {
  const app = await startApp(t, databases[0], { maxSessions: 1, whenFull: 'deny' })
  const chrome = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
  const { headers, cookieHeaders } = await signIn(app, 7, { claims: { plan: 'pro' }, device: { userAgent: chrome, clientId: 'web' } })
  t.match((await app.inject({ url: '/me', headers })).json(), { userId: '7', claims: { plan: 'pro' }, deviceName: 'Chrome on Windows', clientId: 'web' })
  t.equal((await app.inject({ method: 'POST', url: '/notes', headers: cookieHeaders })).statusCode, 200)
  t.equal((await app.inject({ method: 'POST', url: '/notes', headers: { cookie: cookieHeaders.cookie } })).statusCode, 403)
  await t.rejects(signIn(app, 7n), { code: 'SESSION_LIMIT_REACHED' })

  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = new WebSocket(`${address.replace('http', 'ws')}/api/sessions/socket`, 'live-sessions.v1', { headers })
  const [frame] = await once(socket, 'message') as [Buffer]
  t.match(JSON.parse(frame.toString()), { type: 'welcome' })
  socket.terminate()
  await app.close()
})

t.test('stop() is idempotent and leaves nothing of the app behind; an app that closes after it ends, too', async (t) => {
  const database = databases[1]
  const socketFolder = dirname(`${decodeURIComponent(new URL(database.options.url).hostname)}/x`)
  if (process.platform !== 'win32') t.ok(existsSync(socketFolder))
  const kept = hashOfKeptCopy()
  const app = await startApp(t, database)
  await signIn(app, 'ada')
  await Promise.all([database.stop(), database.stop()])
  await database.stop()
  t.equal(hashOfKeptCopy(), kept, 'the copy that later databases start from is an empty one')
  t.notOk(existsSync(socketFolder))
  await app.close()
})

t.test('with a folder the database is there again', async (t) => {
  const dataDir = `${t.testdir({})}/postgres`
  let token = ''
  for (const visit of ['first', 'second']) {
    const database = await startTestDatabase({ dataDir })
    const app = await startApp(t, database)
    if (visit === 'first') ({ token } = await signIn(app, 'ada'))
    else t.equal((await app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } })).statusCode, 200)
    await app.close()
    await database.stop()
  }
})

t.test('an app without the plugin is told so', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await t.rejects(signIn(app, 'ada'), { code: 'SESSION_CALL_INVALID', message: /has no app\.sessions/ })
  for (const [call, says] of [
    [signIn(app, 'ada', { claim: { plan: 'pro' } } as object), /options of signIn: "claim" does not exist; did you mean claims\?/],
    [signIn(app, 'ada', { device: { userAgnet: 'x' } as object }), /device of signIn: "userAgnet" does not exist; did you mean userAgent\?/],
    [signIn(app, 'ada', { device: 'Phone' as never }), /device of signIn is a text of 5 characters; it takes an object with id, name/],
    [startTestDatabase({ dataDirectory: '/tmp/x' } as object), /options of startTestDatabase: "dataDirectory" does not exist; (did you mean|there are) dataDir/],
    [startTestDatabase({ dataDir: null } as never), /dataDir of startTestDatabase is null; it takes a text/],
    [startTestDatabase({ dataDir: 5 } as never), /dataDir of startTestDatabase is .*5.*; it takes a text/],
    [startTestDatabase('/tmp/x' as never), /options of startTestDatabase is .*; it takes an object with dataDir/]
  ] as ReadonlyArray<readonly [Promise<unknown>, RegExp]>) await t.rejects(call, { code: 'SESSION_CALL_INVALID', message: says }, String(says))
})
