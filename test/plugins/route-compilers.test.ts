/** Our routes check and write with compilers of their own: nothing is converted, the app's compilers change nothing, and no body has no type. */
import t from 'tap'
import { buildApp, PASSWORD } from '../helpers/app.ts'
import { ask, logIn } from '../helpers/device.ts'
import { askRaw, exchange, requestHead } from '../helpers/wire.ts'

const LOGIN = { email: 'user@example.com', password: PASSWORD }
/** For the tests that need nothing else of an app. */
const { app, address } = await buildApp(t, { options: { admin: { authorize: () => true } } })
const BODY_TYPES = ['application/json', 'application/x-www-form-urlencoded', 'application/octet-stream', 'multipart/form-data', 'multipart/form-data; boundary=x', 'text/plain', 'image/png', 'nonsense']

t.test('nothing is made into another type: a number for a text is 400 and names the field', async (t) => {
  const device = await logIn(address)
  const bad: Array<[method: string, path: string, body: unknown, names: RegExp]> = [
    ['PATCH', `/api/sessions/${device.id}`, { deviceName: 5 }, /^body\/deviceName must be string$/],
    ['PATCH', `/api/sessions/${device.id}`, { deviceName: true }, /deviceName/],
    ['PATCH', `/api/sessions/${device.id}`, { deviceName: ['x'] }, /deviceName/],
    ['POST', '/api/auth/login', { ...LOGIN, email: 5 }, /email/],
    ['POST', '/api/auth/login', { ...LOGIN, password: 12345678 }, /password/],
    ['POST', '/api/auth/login', { ...LOGIN, device: { id: 7 } }, /device\/id/],
    ['POST', '/api/auth/login', { ...LOGIN, device: { name: false } }, /device\/name/],
    ['POST', '/api/auth/login', { ...LOGIN, transport: ['cookie'] }, /transport/],
    ['POST', '/api/admin/sessions/revoke', { filter: { userId: 5 } }, /filter\/userId/],
    ['POST', '/api/admin/sessions/revoke', { filter: { all: 'true' } }, /filter\/all/],
    ['POST', '/api/admin/sessions/revoke', { filter: { userId: 'x' }, dryRun: 'true' }, /dryRun/],
    ['POST', '/api/admin/sessions/revoke', { filter: { userId: 'x' }, dryRun: null }, /dryRun/]
  ]
  for (const [method, path, body, names] of bad) {
    t.match(await device.ask(method, path, { body }), { status: 400, body: { message: names } }, JSON.stringify(body))
  }
})

t.test('the admin\'s limit is a number written in digits', async (t) => {
  const device = await logIn(address)
  for (const limit of ['1', '50', '200', '007']) t.equal((await device.ask('GET', `/api/admin/sessions?limit=${limit}`)).status, 200, limit)
  for (const limit of ['0', '201', '-1', '1.5', '1e1', '0x10', '', '%201', 'true', 'null', 'many', '99999999999999999999', '1&limit=2']) {
    t.match(await device.ask('GET', `/api/admin/sessions?limit=${limit}`), { status: 400, body: { message: /limit/ } }, limit)
  }
})

t.test('the app\'s own compilers, formatters and serializers are for its own routes', async (t) => {
  const foreign = (): never => { throw new Error('this compiler knows nothing of JSON schemas') }
  const { address } = await buildApp(t, {
    options: { admin: { authorize: () => true } },
    before (app) {
      app.setValidatorCompiler(foreign)
      app.setSerializerCompiler(foreign)
      app.setSchemaErrorFormatter(() => new Error('the app\'s own words'))
      app.setReplySerializer(() => 'the app\'s own form')
    }
  })
  const device = await logIn(address)
  t.match(await device.ask('GET', '/api/sessions'), { status: 200, body: [{ id: device.id }] })
  t.match(await device.ask('PATCH', `/api/sessions/${device.id}`, { body: {} }), { status: 400, body: { message: /deviceName/ } })
  t.match(await device.ask('GET', '/api/admin/sessions?limit=1'), { status: 200, body: { items: [{ id: device.id }] } })
  t.match(await device.ask('POST', '/api/auth/logout'), { status: 200, body: { count: 1 } })
})

t.test('what a hook of the app\'s wraps around an answer is its own affair, and no failure', async (t) => {
  const { address } = await buildApp(t, { before: (app) => { app.addHook('preSerialization', async (_request, _reply, payload) => ({ data: payload })) } })
  const { status, body } = await ask<{ data: { token: string } }>(address, 'POST', '/api/auth/login', { body: LOGIN })
  t.equal(status, 200)
  const headers = { authorization: `Bearer ${body.data.token}` }
  t.match(await ask(address, 'GET', '/api/sessions', { headers }), { status: 200, body: { data: [{ isCurrent: true }] } })
  t.match(await ask(address, 'POST', '/api/auth/logout', { headers }), { status: 200, body: { data: { count: 1, confirmed: true } } })
})

t.test('a request without a body is judged by no content type', async (t) => {
  for (const type of BODY_TYPES) {
    for (const length of [{}, { 'content-length': '0' }]) {
      const [device, other] = [await logIn(address), await logIn(address)]
      const send = async (method: string, path: string): Promise<string> => await askRaw(address, method, path, { authorization: `Bearer ${device.token}`, 'content-type': type, ...length })
      t.match(await send('DELETE', `/api/sessions/${other.id}`), /^HTTP\/1\.1 200 /, `DELETE ${type}`)
      t.match(await send('DELETE', '/api/sessions/others'), /^HTTP\/1\.1 200 /, `DELETE others ${type}`)
      t.match(await send('DELETE', '/api/admin/users/nobody/sessions'), /^HTTP\/1\.1 200 /, `DELETE of an administrator ${type}`)
      t.match(await send('POST', '/api/auth/logout'), /^HTTP\/1\.1 200 /, `logout ${type}`)
      t.equal((await device.ask('GET', '/api/sessions/current')).status, 401)
    }
  }
  t.match(await askRaw(address, 'POST', '/api/auth/login', { 'content-type': 'image/png' }), /^HTTP\/1\.1 400 /, 'a login without a body is still none')
})

t.test('a body that a route does not take is not read, whatever its type; nor is an empty one in chunks', async (t) => {
  for (const [type, body] of [['application/x-www-form-urlencoded', 'csrf=1&x=2'], ['application/octet-stream', 'x'], ['text/plain', 'x'], ['application/json', '{}']] as const) {
    const device = await logIn(address)
    t.match(await device.ask('POST', '/api/auth/logout', { body, headers: { 'content-type': type } }), { status: 200, body: { count: 1 } }, type)
  }
  for (const type of ['application/octet-stream', 'garbage', ' ', ',', 'application/json']) {
    const { token } = await logIn(address)
    const head = requestHead('POST', '/api/auth/logout', { connection: 'close', authorization: `Bearer ${token}`, 'content-type': type, 'transfer-encoding': 'chunked' })
    t.match(await exchange(address, Buffer.concat([head, Buffer.from('0\r\n\r\n')])), /^HTTP\/1\.1 200 [^]*"count":1/, JSON.stringify(type))
  }
})

t.test('an error of the app\'s own hooks has its words on our routes as on others', async (t) => {
  const { address } = await buildApp(t, {
    before: (app) => {
      app.addHook('onRequest', async ({ headers }) => {
        if (headers['x-closed'] === 'coded') throw Object.assign(new Error('Back at ten'), { statusCode: 503, code: 'APP_CLOSED' })
        if (headers['x-closed'] === 'plain') throw Object.assign(new Error('Back at ten'), { statusCode: 503 })
      })
    },
    after: (app) => { app.get('/theirs', async () => 'theirs') }
  })
  for (const path of ['/theirs', '/api/sessions', '/api/sessions/current', '/api/auth/login']) {
    const asked = async (closed: string): Promise<unknown> => await ask(address, path.endsWith('login') ? 'POST' : 'GET', path, { headers: { 'x-closed': closed } })
    const plain = { statusCode: 503, error: 'Service Unavailable', message: 'Back at ten' }
    t.has(await asked('plain'), { status: 503, body: plain }, path)
    t.has(await asked('coded'), { status: 503, body: { ...plain, code: 'APP_CLOSED' } }, path)
  }
})

t.test('each of our scopes has a name of ours where the app shows its plugins', async (t) => {
  const names = app.printPlugins().match(/fastify-live-sessions\/\w+/g) ?? []
  t.same(names.sort(), ['admin', 'auth', 'authentication', 'routes', 'sessions', 'socket', 'tokens', 'websocket'].map((name) => `fastify-live-sessions/${name}`))
})
