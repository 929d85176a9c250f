/** The cookie transport (R12): attributes, who sets it, who clears it, and who never touches it. */
import t from 'tap'
import { buildApp, PASSWORD, type TestApp } from '../helpers/app.ts'
import { ask, logIn, type Answer } from '../helpers/device.ts'
import { cookiePair } from '../helpers/wire.ts'

const SAME_ORIGIN = { 'sec-fetch-site': 'same-origin' }

/** For the tests that need nothing else of an app; each has a user of its own. */
const plain = await buildApp(t)

async function logInWithCookie ({ address }: Pick<TestApp, 'address'>, email: string): Promise<Answer & { cookie: string, id: string }> {
  const body = { email, password: PASSWORD, transport: 'cookie' }
  const answer = await ask<{ session: { id: string } }>(address, 'POST', '/api/auth/login', { body, headers: SAME_ORIGIN })
  return { ...answer, cookie: cookiePair(answer.headers, 'session'), id: answer.body.session.id }
}

/** The session cookie's line, attributes in small letters. */
function attributesOf (headers: Headers, name: string): string[] {
  const line = headers.getSetCookie().find((line) => line.startsWith(`${name}=`)) ?? ''
  return line.split(';').slice(1).map((attribute) => attribute.trim().toLowerCase())
}

t.test('the cookie is HttpOnly, SameSite=Lax, for the whole host, and the token is in it alone', async (t) => {
  const { status, headers, body, cookie } = await logInWithCookie(plain, 'attributes@example.com')
  t.equal(status, 200)
  const attributes = attributesOf(headers, 'session')
  for (const attribute of ['httponly', 'samesite=lax', 'path=/']) t.ok(attributes.includes(attribute), attribute)
  t.notOk(attributes.some((attribute) => attribute.startsWith('domain') || attribute === 'secure'))
  t.same(Object.keys(body).sort(), ['expiresAt', 'session'])
  const [, token = ''] = cookie.split('=')
  t.ok(token.split('.').length === 3)
  t.notMatch(JSON.stringify(body), token.split('.')[2] ?? '-')
})

t.test('how long it lives is said in seconds, too: a browser whose clock is wrong keeps it as long', async (t) => {
  const app = await buildApp(t, { options: { absoluteTimeoutMs: 3_600_000 } })
  const attributes = attributesOf((await logInWithCookie(app, 'user@example.com')).headers, 'session')
  const [maxAge, expires] = ['max-age', 'expires'].map((name) => attributes.findIndex((attribute) => attribute.startsWith(`${name}=`)))
  t.ok(maxAge !== undefined && expires !== undefined && maxAge >= 0 && expires >= 0, attributes.join())
  const seconds = Number(attributes[maxAge ?? 0]?.split('=')[1])
  t.ok(seconds > 3_500 && seconds <= 3_600, String(seconds))
})

t.test('with TLS it is __Host-session, Secure', async (t) => {
  const { address } = await buildApp(t, { options: { cookie: { secure: true, name: '__Host-session' } } })
  const body = { email: 'user@example.com', password: PASSWORD, transport: 'cookie' }
  const { headers } = await ask(address, 'POST', '/api/auth/login', { body, headers: SAME_ORIGIN })
  const attributes = attributesOf(headers, '__Host-session')
  for (const attribute of ['httponly', 'samesite=lax', 'path=/', 'secure']) t.ok(attributes.includes(attribute), attribute)
  t.notOk(attributes.some((attribute) => attribute.startsWith('domain')))
  const [pair] = headers.getSetCookie().filter((line) => line.startsWith('__Host-session=')).map((line) => line.split(';')[0] ?? '')
  t.equal((await ask(address, 'GET', '/api/sessions', { headers: { cookie: pair ?? '' } })).status, 200)
})

t.test('the largest cookie fits into what browsers keep: 4,096 bytes with its name and attributes; larger claims are refused', async (t) => {
  let padding = 0
  const { address, database } = await buildApp(t, {
    options: { cookie: { secure: true, name: '__Host-session' }, login: { verify: ({ body }) => ({ id: body.email, claims: { padding: 'x'.repeat(padding) } }) } }
  })
  const attempt = async (): Promise<Answer> => await ask(address, 'POST', '/api/auth/login', { body: { email: 'user@example.com', password: PASSWORD, transport: 'cookie' }, headers: SAME_ORIGIN })
  let largest = 0
  let [fits, tooLarge] = [0, 4_096]
  while (tooLarge - fits > 1) {
    padding = Math.floor((fits + tooLarge) / 2)
    const { status, headers } = await attempt()
    if (status === 200) {
      fits = padding
      largest = Buffer.byteLength(headers.getSetCookie().find((line) => line.startsWith('__Host-session=')) ?? '')
    } else {
      t.equal(status, 500, 'the app\'s mistake, not the client\'s')
      t.equal(headers.get('set-cookie'), null)
      tooLarge = padding
    }
  }
  t.ok(largest > 3_900 && largest <= 4_096, `${largest} bytes`)
  padding = tooLarge
  const [before] = await database.query<{ count: number }>('select count(*)::int as count from live_session')
  t.match(await attempt(), { status: 500, body: { code: 'SESSION_CALLBACK_FAILED', message: /"login.verify"/ } })
  t.same(await database.query('select count(*)::int as count from live_session'), [before], 'and leave no session behind')
})

t.test('a login by bearer sets no session cookie', async (t) => {
  const { headers, body } = await ask(plain.address, 'POST', '/api/auth/login', { body: { email: 'bearer@example.com', password: PASSWORD } })
  t.equal(cookiePair(headers, 'session'), '')
  t.type(body['token'], 'string')
})

t.test('every report that includes the current session clears the cookie; one about others leaves it', async (t) => {
  const { address } = plain
  const email = 'reports@example.com'
  const ways: Array<[method: string, path: (id: string) => string]> = [
    ['POST', () => '/api/auth/logout'], ['DELETE', (id) => `/api/sessions/${id}`], ['DELETE', (id) => `/api/sessions/${id.toUpperCase()}`], ['DELETE', () => '/api/sessions']
  ]
  for (const [method, path] of ways) {
    const { id, cookie } = await logInWithCookie(plain, email)
    const { status, headers, body } = await ask(address, method, path(id), { headers: { cookie, ...SAME_ORIGIN } })
    t.match({ status, body }, { status: 200, body: { revoked: [id] } })
    t.equal(cookiePair(headers, 'session'), 'session=')
    const attributes = attributesOf(headers, 'session')
    t.ok(attributes.includes('path=/') && attributes.some((attribute) => attribute === 'max-age=0' || attribute.startsWith('expires=thu, 01 jan 1970')))
  }
  const { cookie } = await logInWithCookie(plain, email)
  const other = await logIn(address, email)
  for (const path of [`/api/sessions/${other.id}`, '/api/sessions/others']) {
    const { status, headers } = await ask(address, 'DELETE', path, { headers: { cookie, ...SAME_ORIGIN } })
    t.equal(status, 200)
    t.equal(cookiePair(headers, 'session'), '')
  }
})

t.test('a 401 never touches the cookie: a late one would erase a newer login', async (t) => {
  const { address } = plain
  const { id, cookie } = await logInWithCookie(plain, 'refused@example.com')
  await ask(address, 'POST', '/api/auth/logout', { headers: { cookie, ...SAME_ORIGIN } })
  for (const [method, path] of [['GET', '/api/sessions'], ['GET', '/api/sessions/current'], ['DELETE', '/api/sessions/others'], ['GET', `/api/sessions/${id}`]] as const) {
    for (const credentials of [{ cookie }, { cookie: 'session=forged' }, {}]) {
      const { status, headers } = await ask(address, method, path, { headers: { ...credentials, ...SAME_ORIGIN } })
      t.equal(status, 401)
      t.same(headers.getSetCookie().filter((line) => line.startsWith('session=')), [])
    }
  }
})

t.test('the token of an ended session opens exactly three things, and they end nothing more', async (t) => {
  const { address } = plain
  const [first, second] = ['ended@example.com', 'second@example.com']
  const [ended, other, foreign] = [await logIn(address, first), await logIn(address, first), await logIn(address, second)]
  await other.ask('DELETE', `/api/sessions/${ended.id}`)
  for (const [method, path] of [['POST', '/api/auth/logout'], ['DELETE', `/api/sessions/${ended.id}`], ['DELETE', '/api/sessions']] as const) {
    t.match(await ended.ask(method, path), { status: 200, body: { count: 0, revoked: [], confirmed: true } }, `${method} ${path}`)
  }
  for (const [method, path] of [
    ['GET', '/api/sessions'], ['GET', '/api/sessions/current'], ['GET', `/api/sessions/${ended.id}`], ['DELETE', '/api/sessions/others'],
    ['DELETE', `/api/sessions/${other.id}`], ['DELETE', `/api/sessions/${foreign.id}`]
  ] as const) {
    t.match(await ended.ask(method, path), { status: 401, body: { code: 'SESSION_REVOKED', reason: 'revoked_by_user' } }, `${method} ${path}`)
  }
  t.match(await ended.ask('PATCH', `/api/sessions/${ended.id}`, { body: { deviceName: 'x' } }), { status: 401 })
  for (const { ask } of [other, foreign]) t.equal((await ask('GET', '/api/sessions/current')).status, 200)
})

t.test('another host\'s page: sameSite, domain, path and partitioned are those of every cookie, set and cleared', async (t) => {
  const page = 'https://app.example.org'
  const options = { allowedOrigins: [page], cookie: { name: '__Secure-session', secure: true, sameSite: 'none', partitioned: true, domain: 'example.com', path: '/api' } } as const
  const { address } = await buildApp(t, { options })
  const expected = ['domain=example.com', 'httponly', 'partitioned', 'path=/api', 'samesite=none', 'secure']
  const lasting = (headers: Headers, name: string): string[] => attributesOf(headers, name).filter((attribute) => !/^(?:expires|max-age)=/.test(attribute)).sort()
  const crossSite = { 'sec-fetch-site': 'cross-site', origin: page }
  const body = { email: 'user@example.com', password: PASSWORD, transport: 'cookie' }
  for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { ...crossSite, origin: 'https://evil.example' }, { ...crossSite, origin: 'null' }]) {
    t.match(await ask(address, 'POST', '/api/auth/login', { body, headers }), { status: 403, body: { code: 'SESSION_ORIGIN_FORBIDDEN' } })
  }
  const login = await ask(address, 'POST', '/api/auth/login', { body, headers: crossSite })
  t.equal(login.status, 200)
  for (const name of ['__Secure-session', '__Secure-session-device']) t.same(lasting(login.headers, name), expected, name)
  const cookie = cookiePair(login.headers, '__Secure-session')
  t.match(await ask(address, 'DELETE', '/api/sessions/others', { headers: { cookie, ...crossSite, origin: 'https://evil.example' } }), { status: 403 })
  const logout = await ask(address, 'POST', '/api/auth/logout', { headers: { cookie, ...crossSite } })
  t.equal(logout.status, 200)
  t.same(lasting(logout.headers, '__Secure-session'), expected)
  t.ok(attributesOf(logout.headers, '__Secure-session').includes('max-age=0'))
})
