/** A function of the app's that fails is the app's mistake: 500 with a code, told to the developer with its stack; never 503, never the client's 400. */
import t from 'tap'
import type { LiveSessionsOptions } from '../../plugins/index.ts'
import { buildApp, PASSWORD } from '../helpers/app.ts'
import { ask, logIn } from '../helpers/device.ts'

const LOGIN = { email: 'user@example.com', password: PASSWORD }
const FAILED = { status: 500, body: { statusCode: 500, code: 'SESSION_CALLBACK_FAILED', error: 'Internal Server Error' } }
const verify: NonNullable<LiveSessionsOptions['login']>['verify'] = ({ body }) => body.password === PASSWORD ? { id: body.email } : null

function brokenMemory (): never {
  throw new Error('the secret recipe is 4711')
}

t.test('whichever throws: 500 with the option\'s name and nothing of the error, which is logged with its stack', async (t) => {
  const lines: string[] = []
  let broken = false
  const once = <Answer>(answer: Answer) => (): Answer => broken ? brokenMemory() : answer
  const { address } = await buildApp(t, {
    server: { logger: { level: 'error', stream: { write: (line: string) => { lines.push(line) } } } },
    options: {
      login: { verify: (attempt) => broken && attempt.body.email === 'verify' ? brokenMemory() : verify(attempt), reauthenticate: once(true) },
      admin: { authorize: once(true) },
      maxSessions: once(null),
      reauthenticateWithinMs: once(60_000)
    }
  })
  const device = await logIn(address)
  broken = true
  const asked: Array<[option: string, answer: Promise<unknown>]> = [
    ['login.verify', ask(address, 'POST', '/api/auth/login', { body: { ...LOGIN, email: 'verify' } })],
    ['maxSessions', ask(address, 'POST', '/api/auth/login', { body: LOGIN })],
    ['admin.authorize', device.ask('GET', '/api/admin/sessions')],
    ['login.reauthenticate', device.ask('POST', '/api/auth/reauthenticate', { body: { password: PASSWORD } })],
    ['reauthenticateWithinMs', device.ask('DELETE', '/api/sessions/others')]
  ]
  for (const [option, answer] of asked) {
    const given = await answer
    t.match(given, { ...FAILED, body: { ...FAILED.body, message: new RegExp(`"${option}"`) } }, option)
    t.notMatch(JSON.stringify(given), /4711/)
    const line = lines.find((text) => text.includes(`\\"${option}\\"`))
    t.match(line, /"SESSION_CALLBACK_FAILED"/)
    t.match(line, /4711.*brokenMemory/, 'with the stack of what was thrown')
  }
  t.equal(lines.length, asked.length, 'each is said once')
  broken = false
  t.match(await device.ask('GET', '/api/sessions'), { status: 200, body: [{ id: device.id }] }, 'no login that failed has left a session')
})

t.test('an app without a logger hears of it by a warning of the process', async (t) => {
  const heard: Array<Error & { code?: string, detail?: string }> = []
  const listen = (warning: Error): void => { heard.push(warning) }
  process.on('warning', listen)
  t.teardown(() => { process.off('warning', listen) })
  const { app, address } = await buildApp(t, {
    server: { logger: false },
    options: { login: { verify: () => brokenMemory() } },
    after: (app) => { app.post('/open', async (request) => await app.sessions.open(request, { userId: {} as string })) }
  })
  t.match(await ask(address, 'POST', '/api/auth/login', { body: LOGIN }), FAILED)
  t.match(await ask(address, 'POST', '/open'), { status: 500, body: { code: 'SESSION_CALL_INVALID' } })
  await app.close()
  await new Promise(setImmediate)
  const ours = heard.filter(({ name }) => name === 'LiveSessionsWarning')
  t.match(ours, [{ code: 'SESSION_CALLBACK_FAILED', detail: /4711[^]*brokenMemory/ }, { code: 'SESSION_CALL_INVALID', message: /userId is an object/ }])
  t.equal(ours.length, 2)
})

t.test('an answer that makes no sense fails in the same way, and lets nobody in', async (t) => {
  let given: unknown
  const answer = (): never => given as never
  const { address } = await buildApp(t, { options: { login: { verify }, admin: { authorize: answer } } })
  const device = await logIn(address)
  for (given of [1, 'yes', {}, [], () => true]) t.match(await device.ask('GET', '/api/admin/sessions'), FAILED, String(given))
  for (given of [false, null, undefined]) t.match(await device.ask('GET', '/api/admin/sessions'), { status: 403, body: { code: 'SESSION_FORBIDDEN' } }, String(given))
  for (given of [true, Promise.resolve(true)]) t.match(await device.ask('GET', '/api/admin/sessions'), { status: 200 })
})

t.test('claims that no token takes are the mistake of "verify": the client is not told of them, and no session is left', async (t) => {
  const circle: Record<string, unknown> = {}
  circle['circle'] = circle
  let claims: Record<string, unknown> = {}
  const lines: string[] = []
  const { app, address } = await buildApp(t, {
    server: { logger: { level: 'error', stream: { write (line: string) { lines.push(line) } } } },
    options: { login: { verify: ({ body }) => ({ id: body.email, claims }) } }
  })
  for (claims of [{ text: 'x'.repeat(5_000) }, { big: 1n }, circle, { sub: 'another' }]) {
    for (const transport of ['bearer', 'cookie']) {
      t.match(await ask(address, 'POST', '/api/auth/login', { body: { ...LOGIN, transport }, headers: { 'sec-fetch-site': 'same-origin' } }), { ...FAILED, body: { ...FAILED.body, message: /"login.verify"/ } })
    }
  }
  t.match(lines[0], /fewer or smaller claims/, 'the log says what is wrong')
  t.same(await app.sessions.list(LOGIN.email), [])
})

t.test('an answer of the app\'s own for the client passes as it is; its own 5xx does not', async (t) => {
  let statusCode = 0
  const { address } = await buildApp(t, {
    options: { login: { verify: () => { throw Object.assign(new Error('not from here'), { statusCode, code: 'MY_CODE' }) } } }
  })
  const attempt = async () => await ask(address, 'POST', '/api/auth/login', { body: LOGIN })
  for (statusCode of [400, 403, 423, 429]) t.match(await attempt(), { status: statusCode, body: { code: 'MY_CODE', message: 'not from here' } })
  for (statusCode of [500, 503, 200, 302, 999]) t.match(await attempt(), FAILED, String(statusCode))
})

t.test('a login that failed by the app\'s mistake counts neither as a guess nor as a success, and holds no place', async (t) => {
  let broken = true
  const { address } = await buildApp(t, { options: { login: { failuresPerMinute: 2, verify: (attempt) => broken ? brokenMemory() : verify(attempt) } } })
  const attempt = async (password = PASSWORD) => await ask(address, 'POST', '/api/auth/login', { body: { ...LOGIN, password } })
  for (const { status } of await Promise.all(Array.from({ length: 12 }, async () => await attempt()))) t.equal(status, 500)
  broken = false
  t.equal((await attempt('wrong')).status, 401)
  t.equal((await attempt()).status, 200)
  t.equal((await attempt('wrong')).status, 401)
  t.equal((await attempt()).status, 429, 'two guesses were made, no more')
})

t.test('numbers and bigints are user ids, kept and shown as text, in every call', async (t) => {
  const { app, address } = await buildApp(t, {
    options: { login: { verify: ({ body }) => ({ id: body.email === 'big' ? 12345678901234567890n : 7 }) }, admin: { authorize: () => true } },
    after: (app) => { app.get('/me', { onRequest: app.requireSession }, async (request) => ({ userId: request.session?.userId })) }
  })
  const [device, big] = [await logIn(address, 'seven'), await logIn(address, 'big')]
  t.match(await device.ask('GET', '/me'), { body: { userId: '7' } })
  t.match(await big.ask('GET', '/me'), { body: { userId: '12345678901234567890' } })
  t.match(await device.ask('GET', '/api/admin/sessions?userId=7'), { body: { items: [{ id: device.id, userId: '7' }] } })
  for (const userId of [7, 7n, '7']) t.match(await app.sessions.list(userId), [{ id: device.id }])
  t.match(await app.sessions.get(device.id, { userId: 7 }), { id: device.id })
  t.match(await app.sessions.rename(device.id, 'Kitchen', { userId: 7n }), { deviceName: 'Kitchen' })
  await t.rejects(app.sessions.get(device.id, { userId: 8 }), { code: 'SESSION_NOT_FOUND' })
  t.match(await app.sessions.revokeUser(7, { by: 1, reason: 'revoked_by_admin' }), { count: 1 })
  t.match(await app.sessions.revoke(big.id, { userId: 12345678901234567890n }), { count: 1 })
  t.match(await app.sessions.get(device.id), { revokedBy: '1' })
  for (const userId of [7.5, Number.NaN, Infinity, -Infinity, 2 ** 53, null, {}, [], true, '']) {
    await t.rejects(app.sessions.list(userId as number), { code: 'SESSION_CALL_INVALID', statusCode: 500 }, String(userId))
    await t.rejects(app.sessions.revokeUser(userId as number), { code: 'SESSION_CALL_INVALID' }, String(userId))
  }
})
