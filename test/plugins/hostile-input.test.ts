/** Bad input is the contract's 4xx with a message that names the field (R10, R23, R24, R37, R38, R39, R40); nothing answers 500. */
import t from 'tap'
import { requireSession } from '../../plugins/index.ts'
import { buildApp, PASSWORD } from '../helpers/app.ts'
import { ask, logIn } from '../helpers/device.ts'
import { askRaw } from '../helpers/wire.ts'

const LOGIN = { email: 'user@example.com', password: PASSWORD }

/** One app for all that need no other: each test has sessions of its own. */
const { address } = await buildApp(t)

t.test('a malformed id is 404, and a foreign id looks like an unknown one, byte for byte (R10)', async (t) => {
  const [device, foreign] = [await logIn(address), await logIn(address, 'second@example.com')]
  const unknown = '00000000-0000-4000-8000-000000000000'
  const malformed = ['1', '%00', `${device.id}%00`, `${device.id}x`, '__proto__', 'constructor', '%F0%9F%98%80', "'%20or%201=1--", '..%2f..%2fadmin', 'null', '{}', 'x'.repeat(100)]
  for (const [method, options] of [['GET', {}], ['DELETE', {}], ['PATCH', { body: { deviceName: 'x' } }]] as const) {
    const expected = await device.ask(method, `/api/sessions/${unknown}`, options)
    t.match(expected, { status: 404, body: { statusCode: 404, code: 'SESSION_NOT_FOUND', error: 'Not Found' } })
    for (const id of [foreign.id, ...malformed]) t.same((await device.ask(method, `/api/sessions/${id}`, options)).body, expected.body, `${method} ${id.slice(0, 40)}`)
    for (const id of ['x'.repeat(10_000), '%', '%zz', '%ff']) {
      const { status } = await device.ask(method, `/api/sessions/${id}`, options)
      t.ok([400, 404, 414].includes(status), `${method} ${id.slice(0, 5)}: ${status}`)
    }
  }
  const text = async (id: string): Promise<string> => {
    const raw = await askRaw(address, 'DELETE', `/api/sessions/${id}`, { authorization: `Bearer ${device.token}` })
    return raw.replace(/^date: .*\r\n/im, '')
  }
  t.equal(await text(foreign.id), await text(unknown))
  t.equal((await foreign.ask('GET', '/api/sessions/current')).status, 200)
})

t.test('an id in capitals is the same id', async (t) => {
  const [device, other] = [await logIn(address), await logIn(address)]
  t.match(await device.ask('GET', `/api/sessions/${other.id.toUpperCase()}`), { status: 200, body: { id: other.id } })
  t.match(await device.ask('DELETE', `/api/sessions/${other.id.toUpperCase()}`), { status: 200, body: { count: 1 } })
})

t.test('a login with a bad field is 400 and names it', async (t) => {
  const bad: Array<[body: unknown, names: RegExp]> = [
    [{}, /email/], [{ ...LOGIN, email: '' }, /email/], [{ ...LOGIN, email: 'a\0b' }, /email/], [{ ...LOGIN, email: 'x'.repeat(321) }, /email/],
    [{ ...LOGIN, email: {} }, /email/], [{ ...LOGIN, email: ['a', 'b'] }, /email/], [{ ...LOGIN, email: null }, /email/],
    [{ email: LOGIN.email }, /password/], [{ ...LOGIN, password: '' }, /password/], [{ ...LOGIN, password: 'x'.repeat(1_025) }, /password/], [{ ...LOGIN, password: {} }, /password/],
    [{ ...LOGIN, transport: 'pigeon' }, /transport/], [{ ...LOGIN, transport: null }, /transport/],
    [{ ...LOGIN, device: 'phone' }, /device/], [{ ...LOGIN, device: [] }, /device/],
    [{ ...LOGIN, device: { id: 'a\0b' } }, /device\/id/], [{ ...LOGIN, device: { name: 'a\0b' } }, /device\/name/], [{ ...LOGIN, device: { clientId: 'a\0b' } }, /device\/clientId/],
    [{ ...LOGIN, email: 'a\ud800b' }, /email/], [{ ...LOGIN, device: { id: 'a\ud800b' } }, /device\/id/], [{ ...LOGIN, device: { clientId: '\udfff' } }, /device\/clientId/],
    [{ ...LOGIN, device: { id: 'x'.repeat(256) } }, /device\/id/], [{ ...LOGIN, device: { name: 'x'.repeat(101) } }, /device\/name/], [{ ...LOGIN, device: { name: '' } }, /device\/name/],
    [[], /body/], [[LOGIN], /body/], ['"text"', /body/], ['null', /body/], ['1', /body/],
    ['{"email":', /JSON|body/i], ['{email: 1}', /JSON|body/i], ['', /body/i],
    ['{"email":"a","password":"b","__proto__":{"admin":true}}', /body|proto/i], ['{"constructor":{"prototype":{}}}', /body|proto/i]
  ]
  for (const [body, names] of bad) {
    const what = (typeof body === 'string' ? body : JSON.stringify(body)).slice(0, 80)
    t.match(await ask(address, 'POST', '/api/auth/login', { body }), { status: 400, body: { statusCode: 400, error: 'Bad Request', message: names } }, what)
  }
})

t.test('lone surrogates, markup and line breaks in a login are stored fit to be shown, or refused', async (t) => {
  for (const text of ['\ud800', 'a\udfffb', '<script>alert(1)</script>', 'two\r\nlines', '\u202Eright to left', '👩‍👩‍👧', '\u0001']) {
    for (const body of [{ ...LOGIN, email: `${text}@example.com` }, { ...LOGIN, device: { id: text, name: text, clientId: text } }]) {
      const { status, body: answer } = await ask<{ session?: { deviceName: string } }>(address, 'POST', '/api/auth/login', { body })
      t.ok(status === 200 || status === 400, `${JSON.stringify(text)}: ${status}`)
      t.equal(status, text.isWellFormed() ? 200 : 400, JSON.stringify(text))
      if (status !== 200) continue
      t.ok(answer.session?.deviceName.isWellFormed())
      t.notMatch(answer.session?.deviceName, /[\p{Cc}\u202E]/u)
    }
  }
})

t.test('a new name has 1 to 100 visible characters', async (t) => {
  const device = await logIn(address)
  const path = `/api/sessions/${device.id}`
  for (const body of [{}, { deviceName: '' }, { deviceName: '   ' }, { deviceName: '\u200b' }, { deviceName: 'x'.repeat(101) }, { deviceName: 'a\0b' }, { deviceName: null }, { deviceName: {} }, { deviceName: ['a', 'b'] }]) {
    t.match(await device.ask('PATCH', path, { body }), { status: 400, body: { message: /deviceName/ } }, JSON.stringify(body).slice(0, 40))
  }
  t.match(await device.ask('PATCH', path, { body: [] }), { status: 400, body: { message: /body/ } })
  for (const deviceName of ['x', 'x'.repeat(100), '<b>Kitchen</b> & co']) t.match(await device.ask('PATCH', path, { body: { deviceName } }), { status: 200, body: { deviceName } })
  t.match(await device.ask('PATCH', path, { body: { deviceName: ' a\r\nb\ud800 ' } }), { status: 200, body: { deviceName: 'ab' } })
})

t.test('what is too large, of another type, or unknown is 413, 431, 415, 400', async (t) => {
  const device = await logIn(address)
  t.match(await ask(address, 'POST', '/api/auth/login', { body: { ...LOGIN, padding: 'x'.repeat(1_100_000) } }), { status: 413, body: { message: /body/ } })
  t.equal((await ask(address, 'GET', '/api/sessions', { headers: { 'x-padding': 'x'.repeat(20_000), connection: 'close' } })).status, 431)
  for (const type of ['application/xml', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'image/png', 'nonsense']) {
    t.equal((await ask(address, 'POST', '/api/auth/login', { body: 'x', headers: { 'content-type': type } })).status, 415, type)
  }
  t.equal((await ask(address, 'POST', '/api/auth/login', { body: 'x', headers: { 'content-type': 'text/plain' } })).status, 400)
  for (const query of ['include=everything', 'include=', 'include=ended&include=ended&include=x']) {
    t.match(await device.ask('GET', `/api/sessions?${query}`), { status: 400, body: { message: /include/ } }, query)
  }
  t.equal((await device.ask('GET', '/api/sessions?unknown=1&__proto__=x&constructor=y')).status, 200)
})

t.test('a DELETE or POST that says JSON and has no body works (R40)', async (t) => {
  const [device, other] = [await logIn(address, 'json@example.com'), await logIn(address, 'json@example.com')]
  const headers = { 'content-type': 'application/json' }
  t.match(await device.ask('DELETE', `/api/sessions/${other.id}`, { headers }), { status: 200, body: { count: 1 } })
  t.match(await device.ask('DELETE', '/api/sessions/others', { headers }), { status: 200, body: { count: 0 } })
  t.match(await askRaw(address, 'DELETE', '/api/sessions/others', { ...headers, authorization: `Bearer ${device.token}`, 'content-length': '0' }), /^HTTP\/1\.1 200 /)
  t.match(await device.ask('POST', '/api/auth/logout', { headers }), { status: 200, body: { count: 1 } })
})

t.test('all our routes say no-store, whatever they answer (R38)', async (t) => {
  const device = await logIn(address)
  const asked: Array<[method: string, path: string, body?: unknown]> = [
    ['POST', '/api/auth/login', LOGIN], ['POST', '/api/auth/login', { ...LOGIN, password: 'wrong' }], ['POST', '/api/auth/login', {}], ['POST', '/api/auth/login', '{'],
    ['GET', '/api/sessions'], ['GET', '/api/sessions?include=x'], ['GET', '/api/sessions/current'], ['GET', `/api/sessions/${device.id}`], ['GET', '/api/sessions/unknown'],
    ['PATCH', `/api/sessions/${device.id}`, { deviceName: 'x' }], ['DELETE', '/api/sessions/others'], ['GET', '/api/sessions/socket'],
    ['POST', '/api/auth/logout'], ['DELETE', '/api/sessions'], ['GET', '/api/sessions/current']
  ]
  for (const [method, path, body] of asked) {
    const { status, headers } = await device.ask(method, path, { body })
    t.match(headers.get('cache-control'), /no-store/, `${method} ${path}: ${status}`)
    t.equal(headers.get('x-content-type-options'), 'nosniff', `${method} ${path}: ${status}`)
    t.match(headers.get('content-type'), /^application\/json/, `${method} ${path}: ${status}`)
  }
})

t.test('a method or a path that is not there is 404 or 405 in JSON, and does nothing (R39)', async (t) => {
  const { address } = await buildApp(t, { options: { admin: { authorize: () => true } } })
  const device = await logIn(address)
  const paths = ['/api/auth/login', '/api/auth/logout', '/api/sessions', '/api/sessions/current', '/api/sessions/others', '/api/sessions/socket', `/api/sessions/${device.id}`,
    '/api/admin/sessions', '/api/admin/sessions/revoke', '/api/nowhere', '/api/sessions/current/x', '/api//sessions', '/API/sessions']
  const ofOne = ['GET', 'PATCH', 'DELETE']
  const there = new Map([
    ['/api/auth/login', ['POST']], ['/api/auth/logout', ['POST']], ['/api/sessions', ['GET', 'DELETE']], ['/api/admin/sessions', ['GET']], ['/api/admin/sessions/revoke', ['POST', 'GET', 'DELETE']],
    ...['current', 'others', 'socket', device.id].map((id): [string, string[]] => [`/api/sessions/${id}`, ofOne])
  ])
  for (const path of paths) {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
      if (there.get(path)?.includes(method) === true) continue
      const { status, headers } = await device.ask(method, path)
      t.ok(status === 404 || status === 405, `${method} ${path}: ${status}`)
      t.match(headers.get('content-type'), /^application\/json/, `${method} ${path}`)
    }
  }
  t.match(await askRaw(address, 'NONSENSE', '/api/sessions', { authorization: `Bearer ${device.token}` }), /^HTTP\/1\.1 400 /)
  t.equal((await device.ask('GET', '/api/sessions/current')).status, 200)
})

t.test('a guard\'s refusal on the app\'s own routes is JSON, for no cache and not to be sniffed (R38, R39)', async (t) => {
  const { address } = await buildApp(t, { after: (app) => { app.get('/page', { onRequest: requireSession }, async (_request, reply) => reply.type('text/html').send('<p>in</p>')) } })
  const { status, headers } = await ask(address, 'GET', '/page')
  t.equal(status, 401)
  t.match(headers.get('content-type'), /^application\/json/)
  t.same([headers.get('x-content-type-options'), headers.get('cache-control'), headers.get('www-authenticate')], ['nosniff', 'no-store', 'Bearer'])
})
