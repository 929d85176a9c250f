/** Cookies that somebody else planted, from another host of the domain or another path: none of them makes a person somebody else (A10). */
import { createSecretKey } from 'node:crypto'
import t from 'tap'
import { createDeviceIds } from '../../src/device/device-id.ts'
import { buildApp, PASSWORD, SECRET } from '../helpers/app.ts'
import { ask, type Answer } from '../helpers/device.ts'

const headers = { 'sec-fetch-site': 'same-origin' }

const lines: string[] = []
/** For the tests that need no options of their own. */
const { app, address } = await buildApp(t, {
  server: { logger: { level: 'info', stream: { write: (line: string) => { lines.push(line) } } } },
  after: (app) => {
    app.get('/public', async (request) => ({ signedIn: request.session !== null }))
    app.get('/private', async (_request, reply) => reply.header('cache-control', 'private, max-age=60').send('page'))
    app.get('/*', async () => 'page')
  }
})

async function logInWith (address: string, email: string, cookie = ''): Promise<Answer & { session: string, device: string | null }> {
  const answer = await ask(address, 'POST', '/api/auth/login', { headers: { ...headers, cookie }, body: { email, password: PASSWORD, transport: 'cookie' } })
  const set = answer.headers.getSetCookie().map((text) => text.split(';', 1)[0] ?? '')
  return { ...answer, session: set.find((pair) => /^session=./.test(pair)) ?? '', device: set.find((pair) => pair.startsWith('session-device=')) ?? null }
}

t.test('two cookies of the session\'s name open nothing, whichever comes first, and the log says why; public pages and a login still work', async (t) => {
  const [mine, planted] = [await logInWith(address, 'user@example.com'), await logInWith(address, 'attacker@example.com')]
  for (const cookie of [`${planted.session}; ${mine.session}`, `${mine.session};${planted.session}`, `${mine.session}; other=1; ${mine.session}`, `session=; ${mine.session}`]) {
    t.match(await ask(address, 'GET', '/api/sessions/current', { headers: { cookie } }), { status: 401, body: { code: 'SESSION_TOKEN_INVALID' } })
    t.match(await ask(address, 'GET', '/public', { headers: { cookie } }), { status: 200, body: { signedIn: false } })
  }
  t.ok(lines.some((line) => line.includes('several cookies named session')))
  t.equal((await ask(address, 'GET', '/api/sessions/current', { headers: { cookie: `xsession=1; ${mine.session}; session-device=session=` } })).status, 200, 'names that only look like it')
  const again = await logInWith(address, 'user@example.com', `${planted.session}; ${mine.session}`)
  t.equal(again.status, 200)
  t.ok(again.headers.getSetCookie().includes('session=; Max-Age=0; Path=/api'), 'and the login clears what lies beside')
})

t.test('one cookie is enough for a login to clear the other places, before it sets its own; a host\'s own cookie needs none of that', async (t) => {
  const [first, second] = [await logInWith(address, 'user@example.com'), await logInWith(address, 'user@example.com', 'session=left-behind')]
  t.equal(first.headers.getSetCookie().length, 2, 'who brings none: session and device')
  const lines = second.headers.getSetCookie().filter((line) => line.startsWith('session='))
  const cleared = lines.slice(0, -1).map((line) => /^session=; Max-Age=0; Path=([^;]+)$/.exec(line)?.[1])
  t.same(cleared.sort(), ['/api', '/api/', '/api/auth', '/api/auth/', '/api/auth/login', '/api/sessions', '/api/sessions/'])
  t.match(lines.at(-1), /^session=\S+; Max-Age=[1-9]/, 'its own comes last, so that no jar mistakes it for one of those')

  const hosts = await buildApp(t, { options: { cookie: { secure: true, name: '__Host-sid' } } })
  const answer = await ask(hosts.address, 'POST', '/api/auth/login', { headers: { ...headers, cookie: '__Host-sid=old' }, body: { email: 'user@example.com', password: PASSWORD, transport: 'cookie' } })
  t.equal(answer.headers.getSetCookie().length, 2)
})

t.test('whoever brings several has those beside the own place expired, whatever the answer; long paths and names of a host don\'t blow it up', async (t) => {
  const { app: secure } = await buildApp(t, { after: (app) => { app.get('/*', async () => 'page') }, options: { cookie: { name: 'session', secure: true } } })
  const long = `/${'x'.repeat(50)}`
  for (const [url, host, atLeast] of [
    ['/api/sessions/current', 'app.example.com', 15], ['/public', 'app.example.com', 5], ['/public', 'app.example.com:3000', 5], ['/', 'a.b.c.d.e.f.example.co.uk', 4],
    [long.repeat(200), 'example.com', 10], [`/${'x'.repeat(3_500)}`, 'app.example.com', 2], ['/a%3bb/c;Domain=evil/d/e/f/g', 'localhost', 2], ['/public', '[::1]', 1], ['/public', '127.0.0.1', 1]
  ] as const) {
    for (const either of [app, secure]) {
      const { headers: { 'set-cookie': set = [] } } = await either.inject({ url, headers: { host, cookie: 'session=a; session=b' } })
      const lines = [set].flat()
      t.ok(lines.length >= atLeast && lines.join().length <= 3_000, `${url.slice(0, 30)}: ${lines.length} lines`)
      t.notOk(lines.some((line) => /^session=; Max-Age=0; Path=\/(?:; Secure)?$/.test(line)), 'not the own one')
    }
  }
  const answer = await ask(address, 'GET', '/api/sessions', { headers: { cookie: 'session=a; session=b' } })
  t.match(answer, { status: 401, body: { code: 'SESSION_TOKEN_INVALID' } })
  t.ok(answer.headers.getSetCookie().includes('session=; Max-Age=0; Path=/api/sessions'))
})

t.test('a page that expires cookies is for no cache, unless the app says what caches may do; other pages are as they were', async (t) => {
  for (const [url, cookie, expected] of [['/silent', 'session=a; session=b', 'no-store'], ['/silent', 'session=a', undefined], ['/silent', '', undefined], ['/private', 'session=a; session=b', 'private, max-age=60']] as const) {
    t.equal((await app.inject({ url, headers: { host: 'app.example.com', cookie } })).headers['cache-control'], expected, `${url}, ${cookie}`)
  }
})

t.test('a device cookie counts for the user it was issued to, and for nobody else: a planted one ends no sessions', async (t) => {
  const attacker = await logInWith(address, 'attacker@example.com')
  for (const planted of [attacker.device ?? '', 'session-device=0b7c0000-0000-4000-8000-000000000000']) {
    const [home, office] = [await logInWith(address, 'victim@example.com', planted), await logInWith(address, 'victim@example.com', planted)]
    t.ok(home.device !== null && office.device !== null && home.device !== office.device, 'each gets one of its own')
    for (const { session } of [home, office]) t.equal((await ask(address, 'GET', '/api/sessions/current', { headers: { cookie: session } })).status, 200)
    const again = await logInWith(address, 'victim@example.com', home.device ?? '')
    t.equal(again.status, 200)
    t.match(await ask(address, 'GET', '/api/sessions/current', { headers: { cookie: home.session } }), { status: 401, body: { reason: 'concurrent_login' } })
    t.equal((await ask(address, 'GET', '/api/sessions/current', { headers: { cookie: office.session } })).status, 200)
  }
})

t.test('device ids survive a rotation of the secret', async (t) => {
  const [old, now] = [createSecretKey(Buffer.from(SECRET)), createSecretKey(Buffer.from('a newer secret of the tests, as long'))]
  const id = createDeviceIds([old]).issue('user')
  t.ok(createDeviceIds([now, old]).isOurs(id, 'user'))
  t.notOk(createDeviceIds([now]).isOurs(id, 'user'))
  t.notOk(createDeviceIds([now, old]).isOurs(id, 'someone'))
})

t.test('in production a cookie whose name does not begin with __Host- is warned of at start', async (t) => {
  const before = process.env['NODE_ENV']
  process.env['NODE_ENV'] = 'production'
  t.teardown(() => { if (before === undefined) delete process.env['NODE_ENV']; else process.env['NODE_ENV'] = before })
  for (const [name, warned] of [['sid', true], ['__Host-sid', false]] as const) {
    const lines: string[] = []
    await buildApp(t, { options: { cookie: { name } }, server: { logger: { level: 'warn', stream: { write: (line: string) => { lines.push(line) } } } } })
    t.equal(lines.some((line) => line.includes('does not begin with __Host-')), warned)
  }
})

t.test('a cookie that no browser sends to the plugin\'s own routes is warned of at start', async (t) => {
  for (const [path, prefix, warned] of [['/', '/api', false], ['/app', '/api', true], ['/ap', '/api', true], ['/app', '/app/api', false], ['/app/', '/app', false], ['/api', '/api', false], ['/app', '', true]] as const) {
    const lines: string[] = []
    await buildApp(t, { options: { prefix, cookie: { name: 'sid', path } }, server: { logger: { level: 'warn', stream: { write: (line: string) => { lines.push(line) } } } } })
    t.equal(lines.some((line) => line.includes('no browser sends them the cookie')), warned, `${path} ${prefix}`)
  }
})

t.test('guesses from one /64 are counted together (A5), and an address of IPv4 is one however it is written', async (t) => {
  const { address } = await buildApp(t, { server: { trustProxy: '127.0.0.1' }, options: { login: { verify: () => null, failuresPerMinute: 5 } } })
  const guess = async (from: string): Promise<number> => (await ask(address, 'POST', '/api/auth/login', { headers: { 'x-forwarded-for': from }, body: { email: 'user@example.com', password: 'wrong' } })).status
  for (let n = 1; n <= 5; n++) t.equal(await guess(`2001:db8:1:2:${n}::${n}`), 401)
  t.equal(await guess('2001:db8:1:2:ffff::1'), 429)
  t.equal(await guess('2001:db8:1:3::1'), 401, 'the next /64 is somebody else')
  for (let n = 1; n <= 5; n++) t.equal(await guess(n % 2 === 0 ? '::ffff:192.0.2.1' : '192.0.2.1'), 401)
  t.equal(await guess('::ffff:192.0.2.1'), 429)
})
