/** What hooks of the app's do to our routes: their failures are theirs, none after the commit looks like a refusal, and no session is left whose token never left. */
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { buildApp, PASSWORD, type BuildOptions, type TestApp } from '../helpers/app.ts'
import { ask, logIn, type Device } from '../helpers/device.ts'
import { connectTo, requestHead } from '../helpers/wire.ts'

const LOGIN = { email: 'user@example.com', password: PASSWORD }
const ORIGIN = { 'sec-fetch-site': 'same-origin' }

/** A hook of the app's that can be switched to fail. */
interface Broken { now: boolean }

/** How an app may break an answer that our handler has given. */
const BREAKS: Array<[name: string, install: (app: FastifyInstance, broken: Broken) => void]> = [
  ['preSerialization throws', (app, broken) => { app.addHook('preSerialization', async (_request, _reply, payload) => fail(broken) ?? payload) }],
  ['preSerialization gives what has no JSON', (app, broken) => { app.addHook('preSerialization', async (_request, _reply, payload) => broken.now ? { big: 1n } : payload) }],
  ['onSend throws', (app, broken) => { app.addHook('onSend', async (_request, _reply, payload) => { fail(broken); return payload }) }],
  ['onSend says it with a callback, and a status of a refusal', (app, broken) => {
    app.addHook('onSend', (_request, _reply, payload, done) => {
      if (broken.now) (done as (error: Error) => void)(Object.assign(new Error('recipe 4711'), { statusCode: 403 }))
      else done(null, payload)
    })
  }],
  ['onSend gives what can\'t be sent', (app, broken) => { app.addHook('onSend', async (_request, _reply, payload) => broken.now ? { a: 'b' } : payload) }],
  ['a header that HTTP does not know', (app, broken) => { app.addHook('onSend', async (_request, reply, payload) => { if (broken.now) reply.header('x-user', 'Zoë\n世'); return payload }) }]
]

function fail ({ now }: Broken): undefined {
  if (now) throw new Error('recipe 4711')
}

/** The app, and a promise of the end of the next session of the user that ends. */
async function build (t: Test, options: BuildOptions): Promise<TestApp & { nextEnd: (userId?: string) => Promise<string> }> {
  const built = await buildApp(t, options)
  return {
    ...built,
    nextEnd: async (userId = LOGIN.email) => await new Promise((resolve) => {
      const off = built.app.sessions.on('ended', ({ sessionId, userId: whose }) => {
        if (whose !== userId) return
        off()
        resolve(sessionId)
      })
    })
  }
}

async function living ({ app }: TestApp, userId = LOGIN.email): Promise<string[]> {
  return (await app.sessions.list(userId)).map(({ id }) => id)
}

const broken = BREAKS.map(() => ({ now: false }))
const lines: string[] = []
/** With all of these hooks; one at a time fails, for a user of its own. */
const breaking = await build(t, {
  before: (app) => { for (const [index, [, install]] of BREAKS.entries()) install(app, broken[index] as Broken) },
  server: { logger: { level: 'error', stream: { write: (line: string) => { lines.push(line) } } } }
})

t.afterEach(() => { for (const hook of broken) hook.now = false })

for (const [index, [name]] of BREAKS.entries()) {
  t.test(`${name}: a login is 500 and no session is left; an end is 500, never a refusal, and its repeat says so`, async (t) => {
    const { address, app, nextEnd } = breaking
    const hook = broken[index] as Broken
    const email = `${index}@example.com`
    const [device, other] = [await logIn(address, email), await logIn(address, email)]
    for (const transport of ['bearer', 'cookie']) {
      lines.length = 0
      hook.now = true
      const ended = nextEnd(email)
      const answer = await ask(address, 'POST', '/api/auth/login', { body: { ...LOGIN, email, transport }, headers: ORIGIN })
      t.match(answer, { status: 500, body: { statusCode: 500, code: 'SESSION_ANSWER_FAILED', error: 'Internal Server Error' } })
      t.equal(answer.headers.get('cache-control'), 'no-store')
      t.same(answer.headers.getSetCookie().filter((line) => line.startsWith('session=')), [], 'no cookie of a session that ends')
      t.notMatch(JSON.stringify(answer.body), /4711/)
      t.match(lines.join(), /SESSION_ANSWER_FAILED/)
      await ended
      hook.now = false
      t.same(new Set(await living(breaking, email)), new Set([device.id, other.id]))
    }
    hook.now = true
    t.match(await device.ask('DELETE', `/api/sessions/${other.id}`), { status: 500, body: { code: 'SESSION_ANSWER_FAILED', message: /carried out/ } })
    t.match(await device.ask('GET', '/api/sessions'), { status: 500, body: { code: 'SESSION_ANSWER_FAILED' } })
    t.match(await device.ask('POST', '/api/auth/logout'), { status: 500, body: { code: 'SESSION_ANSWER_FAILED' } })
    hook.now = false
    t.same(await app.sessions.list(email), [])
    t.match(await device.ask('POST', '/api/auth/logout'), { status: 200, body: { count: 0, confirmed: true } })
  })
}

t.test('a hook of the app\'s that fails before our handler is the app\'s: its error handler answers, and nothing was done', async (t) => {
  const hooks = ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const
  let failing: typeof hooks[number] | null = null
  let statusCode: number | undefined
  const handled: string[] = []
  const built = await build(t, {
    before (app) {
      for (const hook of hooks) {
        // As JSON.parse fails in it, too.
        app.addHook(hook as 'onRequest', async () => { if (failing === hook) throw Object.assign(statusCode === undefined ? new SyntaxError('the app\'s own') : new Error('the app\'s own'), { statusCode }) })
      }
      app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
        handled.push(error.message)
        return reply.code(error.statusCode ?? 500).header('retry-after', '42').send({ own: error.message })
      })
    }
  })
  const device = await logIn(built.address)
  for (const hook of hooks) {
    for (statusCode of [undefined, 429, 503, 401, 400]) {
      handled.length = 0
      const expected = { status: statusCode ?? 500, body: { own: 'the app\'s own' } }
      failing = hook
      for (const answer of [await ask(built.address, 'POST', '/api/auth/login', { body: LOGIN }), await device.ask('GET', '/api/sessions'), await device.ask('POST', '/api/auth/logout')]) {
        t.match(answer, expected, `${hook} ${String(statusCode)}`)
        t.equal(answer.headers.get('retry-after'), '42')
        t.equal(answer.headers.get('www-authenticate'), null)
      }
      t.equal(handled.length, 3)
      failing = null
      t.same(await living(built), [device.id])
    }
  }
})

t.test('our own errors pass by the app\'s error handler, and through its hooks', async (t) => {
  const handled: unknown[] = []
  const { address } = await buildApp(t, {
    before (app) {
      app.setErrorHandler((error, _request, reply) => { handled.push(error); return reply.code(418).send('own') })
      app.addHook('preSerialization', async (_request, _reply, payload) => ({ data: payload }))
      app.addHook('onSend', async (_request, reply, payload) => { reply.header('x-app', 'yes'); return payload })
    }
  })
  const wrong: Array<[status: number, code: string, answer: ReturnType<typeof ask>]> = [
    [401, 'INVALID_CREDENTIALS', ask(address, 'POST', '/api/auth/login', { body: { ...LOGIN, password: 'wrong' } })],
    [400, 'FST_ERR_VALIDATION', ask(address, 'POST', '/api/auth/login', { body: {} })],
    [400, 'FST_ERR_CTP_INVALID_JSON_BODY', ask(address, 'POST', '/api/auth/login', { body: '{' })],
    [413, 'FST_ERR_CTP_BODY_TOO_LARGE', ask(address, 'POST', '/api/auth/login', { body: { ...LOGIN, more: 'x'.repeat(2 ** 20) } })],
    [415, 'FST_ERR_CTP_INVALID_MEDIA_TYPE', ask(address, 'POST', '/api/auth/login', { body: 'x', headers: { 'content-type': 'text/x' } })],
    [401, 'SESSION_REQUIRED', ask(address, 'GET', '/api/sessions')],
    [401, 'SESSION_TOKEN_INVALID', ask(address, 'DELETE', '/api/sessions', { token: 'forged' })],
    [426, 'SESSION_UPGRADE_REQUIRED', (await logIn2(address)).ask('GET', '/api/sessions/socket')]
  ]
  for (const [status, code, answer] of wrong) {
    const given = await answer
    t.match(given, { status, body: { statusCode: status, code } }, code)
    t.equal(given.headers.get('x-app'), 'yes')
  }
  t.match(await ask(address, 'POST', '/api/auth/login', { body: '{"email":"a","password":"b","__proto__":{}}' }), { status: 400, body: { statusCode: 400 } })
  t.same(handled, [])
})

/** Where an envelope is around the answer. */
async function logIn2 (address: string): Promise<Pick<Device, 'ask'>> {
  const { body } = await ask<{ data: { token: string } }>(address, 'POST', '/api/auth/login', { body: LOGIN })
  return { ask: async (method, path) => await ask(address, method, path, { token: body.data.token }) }
}

t.test('a client that hangs up before its login is answered leaves no session, whatever it waited for', async (t) => {
  const waits = ['verify', 'preSerialization', 'onSend'] as const
  for (const place of waits) {
    let reached: () => void = () => {}
    let resume: () => void = () => {}
    const wait = async (): Promise<void> => {
      reached()
      await new Promise<void>((resolve) => { resume = resolve })
    }
    const built = await build(t, {
      options: { login: { async verify ({ body }) { if (place === 'verify') await wait(); return { id: body.email } } } },
      before (app) {
        if (place === 'preSerialization') app.addHook(place, async (_request, _reply, payload) => { await wait(); return payload })
        if (place === 'onSend') app.addHook(place, async (_request, _reply, payload) => { await wait(); return payload })
      }
    })
    const waiting = new Promise<void>((resolve) => { reached = resolve })
    const closed = new Promise((resolve) => { built.app.server.once('connection', (socket) => { socket.once('close', resolve) }) })
    const ended = built.nextEnd()
    const body = JSON.stringify(LOGIN)
    const connection = connectTo(built.address)
    connection.write(requestHead('POST', '/api/auth/login', { 'content-type': 'application/json', 'content-length': String(body.length) }))
    connection.write(body)
    await waiting
    connection.destroy()
    await closed
    // A hook that hangs holds nothing up: the session ends when its client has gone.
    if (place === 'verify') resume()
    t.type(await ended, 'string', place)
    t.same(await living(built), [])
    resume()
    t.comment(place)
  }
})

t.test('a login of the app\'s own: a session whose answer failed or never left ends, one whose token went out stays', async (t) => {
  let streaming: () => void = () => {}
  let opened: () => void = () => {}
  const built = await build(t, {
    after (app) {
      const open = async (request: Parameters<typeof app.sessions.open>[0]) => await app.sessions.open(request, { userId: LOGIN.email })
      app.get('/fails', async (request) => { await open(request); throw new Error('after the commit') })
      app.get('/cookie', async (request, reply) => { reply.setSession(await open(request)); throw new Error('after the cookie was set') })
      app.get('/refuses', async (request, reply) => await reply.code(403).send({ mfa: true, ...await open(request) }))
      app.get('/stream', async (request, reply) => {
        const { token } = await open(request)
        reply.hijack()
        reply.raw.writeHead(200, { 'content-type': 'text/event-stream' })
        reply.raw.write(`data: ${token}\n\n`)
        reply.raw.once('close', () => { streaming() })
      })
      // The token goes another way.
      app.get('/early', async (request, reply) => {
        reply.raw.once('close', () => { open(request).then(() => { opened() }, () => {}) })
        return await reply.code(202).send('soon')
      })
      app.get('/well', async (request) => await open(request))
    }
  })
  const ended = built.nextEnd()
  t.equal((await ask(built.address, 'GET', '/fails')).status, 500)
  await ended
  t.same(await living(built), [])

  t.equal((await ask(built.address, 'GET', '/cookie')).status, 500)
  t.equal((await ask(built.address, 'GET', '/refuses')).status, 403)
  t.equal((await ask(built.address, 'GET', '/well')).status, 200)
  const early = new Promise<void>((resolve) => { opened = resolve })
  t.equal((await ask(built.address, 'GET', '/early')).status, 202)
  await early
  const closed = new Promise<void>((resolve) => { streaming = resolve })
  const connection = connectTo(built.address)
  connection.write(requestHead('GET', '/stream', {}))
  await once(connection, 'data')
  connection.destroy()
  await closed
  // A fence: what ends a session comes after this one's end.
  const fence = built.nextEnd()
  const { body } = await ask<{ session: { id: string } }>(built.address, 'GET', '/well')
  await ask(built.address, 'GET', '/fails')
  t.not(await fence, body.session.id)
  t.equal((await living(built)).length, 6)
})

t.test('an answer that went out keeps its session: injected, and over HTTP/2', async (t) => {
  const built = await build(t, { server: { http2: true } as object, after: (app) => { app.get('/fails', async (request) => { await app.sessions.open(request, { userId: LOGIN.email }); throw new Error('after the commit') }) } })
  const { statusCode } = await built.app.inject({ method: 'POST', url: '/api/auth/login', payload: LOGIN })
  t.equal(statusCode, 200)
  const client = connectHttp2(built.address)
  t.teardown(() => { client.close() })
  const send = async (method: string, path: string, body?: unknown): Promise<number> => {
    const stream = client.request({ ':method': method, ':path': path, ...(body === undefined ? {} : { 'content-type': 'application/json' }) })
    stream.end(body === undefined ? undefined : JSON.stringify(body))
    const [headers] = await once(stream, 'response') as [{ ':status': number }]
    stream.resume()
    await once(stream, 'close')
    return headers[':status']
  }
  t.equal(await send('POST', '/api/auth/login', LOGIN), 200)
  for (const failing of [async () => await send('GET', '/fails'), async () => (await built.app.inject('/fails')).statusCode]) {
    const ended = built.nextEnd()
    t.equal(await failing(), 500)
    await ended
    t.equal((await living(built)).length, 2)
  }
})
