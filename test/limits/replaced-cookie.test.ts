/** A login in a browser that is signed in: the session whose cookie it replaces has no owner any more, and ends. */
import t, { type Test } from 'tap'
import type { FastifyInstance } from 'fastify'
import type { LiveSessionsOptions } from '../../plugins/index.ts'
import type { LoginAnswer } from '../../src/protocol.ts'
import { buildApp, PASSWORD, type TestApp } from '../helpers/app.ts'
import { ask, openSocket, type Answer, type LiveSocket } from '../helpers/device.ts'
import { cookiePair } from '../helpers/wire.ts'
import { buildApps } from '../helpers/limited-apps.ts'

const SAME_SITE = { 'sec-fetch-site': 'same-origin' }

/** For the tests that need no options of their own; each has users of its own. */
const { address, database } = await buildApp(t, {
  after: (app: FastifyInstance) => {
    app.post('/callback', async (request, reply) => {
      const opened = await app.sessions.open(request, { userId: 'oauth', device: { id: 'its-own' } })
      return reply.setSession(opened).send({})
    })
    app.post('/token', async (request) => await app.sessions.open(request, { userId: 'oauth', device: { id: 'another' } }))
  }
})

/** What a browser keeps of answers, by name. */
function createBrowser (address: string) {
  const cookies = new Map<string, string>()
  async function send (method: string, path: string, body?: unknown, at = address): Promise<Answer> {
    const headers = { ...SAME_SITE, cookie: [...cookies.values()].join('; ') }
    const answer = await ask(at, method, path, { headers, ...(body === undefined ? {} : { body }) })
    for (const line of answer.headers.getSetCookie()) {
      const name = line.slice(0, line.indexOf('='))
      const pair = cookiePair(answer.headers, name)
      if (pair === `${name}=`) cookies.delete(name)
      else cookies.set(name, pair)
    }
    return answer
  }
  const statusOf = async (pair: string): Promise<Answer> => await ask(address, 'GET', '/api/sessions/current', { headers: { cookie: pair } })
  return {
    send,
    logIn: async (email: string, { transport = 'cookie', at = address, ...more }: Record<string, unknown> & { at?: string } = {}): Promise<Answer> => await send('POST', '/api/auth/login', { email, password: PASSWORD, transport, ...more }, at),
    session: (): string => cookies.get('session') ?? '',
    forget: (name: string): void => { cookies.delete(name) },
    connect: async (): Promise<LiveSocket> => {
      const socket = openSocket(address, ['live-sessions.v1'], { cookie: cookies.get('session') ?? '', origin: address })
      await socket.next('welcome')
      return socket
    },
    statusOf
  }
}

t.test('whoever signs in over another\'s cookie, or over the own one, ends that session everywhere, and its pages are told; nobody else\'s', async (t) => {
  for (const [first, second] of [['anna@example.com', 'bob@example.com'], ['carl@example.com', 'carl@example.com']] as const) {
    const [browser, elsewhere] = [createBrowser(address), createBrowser(address)]
    for (const user of [first, second]) {
      elsewhere.forget('session')
      t.equal((await elsewhere.logIn(user)).status, 200)
    }
    const others = elsewhere.session()
    await browser.logIn(first)
    const before = browser.session()
    const tab = await browser.connect()
    t.equal((await browser.logIn(second)).status, 200)
    t.match(await tab.next('logout'), { reason: 'replaced' })
    t.match(await browser.statusOf(before), { status: 401, body: { code: 'SESSION_REVOKED', reason: 'replaced' } })
    t.match(await browser.send('GET', '/api/sessions/current'), { status: 200 })
    t.equal((await browser.statusOf(others)).status, 200)
  }
  const before = createBrowser(address)
  for (const authorization of ['Bearer not.a.token', `Bearer ${(await ask<LoginAnswer>(address, 'POST', '/api/auth/login', { body: { email: 'dora@example.com', password: PASSWORD } })).body.token}`, 'Basic abc']) {
    await before.logIn('dora@example.com')
    const cookie = before.session()
    const headers = { ...SAME_SITE, cookie, authorization }
    t.equal((await ask(address, 'POST', '/api/auth/login', { headers, body: { email: 'dora@example.com', password: PASSWORD, transport: 'cookie' } })).status, 200)
    t.match(await before.statusOf(cookie), { status: 401, body: { reason: 'replaced' } }, `beside ${authorization.slice(0, 12)}`)
    before.forget('session')
  }
  t.match(await database.query("select user_id, reason, by from live_session_event where type = 'ended' and user_id like 'anna%'"), [{ user_id: 'anna@example.com', reason: 'replaced', by: 'system' }])
})

t.test('it leaves its place to the login: a limit that denies counts it no more', async (t) => {
  const { address } = await buildApp(t, { options: { maxSessions: 1, whenFull: 'deny', replaceSameDevice: false } })
  const browser = createBrowser(address)
  t.equal((await browser.logIn('anna@example.com')).status, 200)
  t.equal((await browser.logIn('anna@example.com')).status, 200)
  t.match(await createBrowser(address).logIn('anna@example.com'), { status: 403, body: { code: 'SESSION_LIMIT_REACHED' } })
  t.equal((await browser.send('GET', '/api/sessions/current')).status, 200)
})

t.test('a login that fails, that asks for a bearer token, or that comes from another site, leaves the session as it is', async (t) => {
  const browser = createBrowser(address)
  await browser.logIn('fred@example.com')
  t.equal((await browser.send('POST', '/api/auth/login', { email: 'gina@example.com', password: 'wrong', transport: 'cookie' })).status, 401)
  t.equal((await browser.logIn('gina@example.com', { transport: 'bearer' })).status, 200)
  t.equal((await ask(address, 'POST', '/api/auth/login', { headers: { cookie: browser.session(), 'sec-fetch-site': 'cross-site' }, body: { email: 'gina@example.com', password: PASSWORD, transport: 'cookie' } })).status, 403)
  t.equal((await browser.send('GET', '/api/sessions/current')).status, 200)
})

t.test('an app\'s own login that puts its session into the cookie does the same; one that hands over a token does not', async (t) => {
  const browser = createBrowser(address)
  await browser.logIn('eve@example.com')
  const before = browser.session()
  const tab = await browser.connect()
  await browser.send('POST', '/token')
  t.equal((await browser.statusOf(before)).status, 200)
  await browser.send('POST', '/callback')
  t.match(await tab.next('logout'), { reason: 'replaced' })
  t.match(await browser.statusOf(before), { status: 401, body: { reason: 'replaced' } })
  t.equal((await browser.send('GET', '/api/sessions/current')).status, 200)
})

t.test('where a limit ends the browser\'s own session, it was replaced; another browser\'s hears of the limit', async (t) => {
  const { address } = await buildApp(t, {
    options: { maxSessions: 1, replaceSameDevice: false },
    after: (app: FastifyInstance) => {
      app.post('/callback', async (request, reply) => reply.setSession(await app.sessions.open(request, { userId: 'oauth' })).send({}))
    }
  })
  const [browser, another] = [createBrowser(address), createBrowser(address)]
  for (const [next, reason] of [[browser, 'replaced'], [another, 'session_limit']] as const) {
    await browser.send('POST', '/callback')
    const before = browser.session()
    await next.send('POST', '/callback')
    t.match(await browser.statusOf(before), { status: 401, body: { reason } })
  }
})

/** After the first ones, the checks of a password end when so many have begun: the clicks come before the first one's answer. */
function slowLogin (atOnce: number, first = 0): NonNullable<LiveSessionsOptions['login']> {
  let begun = 0
  let all = (): void => {}
  const came = new Promise<void>((resolve) => { all = resolve })
  return {
    verify: async ({ body }) => {
      if (++begun <= first) return { id: body.email }
      // by then each login has read what was there when it began, on a busy machine as well
      if (begun === first + atOnce) setTimeout(all, 400)
      if (body.email.startsWith('slow')) await came
      return { id: body.email }
    }
  }
}

async function living (address: string, cookie: string): Promise<number> {
  const { body } = await ask<unknown[]>(address, 'GET', '/api/sessions', { headers: { cookie } })
  return body.length
}

async function doubleClick (t: Test, nodes: Array<Pick<TestApp, 'address'>>, browser: ReturnType<typeof createBrowser>): Promise<void> {
  const answers = await Promise.all(nodes.map(({ address }) => browser.logIn('slow@example.com', { at: address })))
  t.same(answers.map(({ status }) => status), nodes.map(() => 200))
  const statuses = await Promise.all(answers.map(async ({ headers }) => (await browser.statusOf(cookiePair(headers, 'session'))).status))
  t.equal(statuses.filter((status) => status === 200).length, 1, 'one session is left')
  const living = answers[statuses.indexOf(200)]
  t.equal(living === undefined ? 0 : (await ask<unknown[]>(nodes[0]?.address ?? '', 'GET', '/api/sessions', { headers: { cookie: cookiePair(living.headers, 'session') } })).body.length, 1)
}

t.test('a button that is clicked twice opens one session, in a browser that nobody knows yet, on one node or two', async (t) => {
  const one = await buildApp(t, { options: { login: slowLogin(2) } })
  await doubleClick(t, [one, one], createBrowser(one.address))
  const { apps } = await buildApps(t, 2, { options: { login: slowLogin(2) } })
  await doubleClick(t, apps, createBrowser(apps[0]?.address ?? ''))
})

t.test('a button that is clicked twice opens one session in a browser that is known, and in one that is signed in', async (t) => {
  for (const signedIn of [false, true]) {
    const app = await buildApp(t, { options: { login: slowLogin(2, 1) } })
    const browser = createBrowser(app.address)
    await browser.logIn('slow@example.com')
    if (!signedIn) browser.forget('session')
    await doubleClick(t, [app, app], browser)
  }
})

t.test('two browsers that look alike stay two: one after the other however soon, at once with another name or address, and by bearer', async (t) => {
  const { address } = await buildApp(t, { server: { trustProxy: '127.0.0.1' }, options: { login: slowLogin(1) } })
  const [one, other] = [createBrowser(address), createBrowser(address)]
  await one.logIn('quick@example.com')
  await other.logIn('quick@example.com')
  t.equal(await living(address, one.session()), 2)
  await Promise.all(['A phone', 'A tablet'].map(async (name) => await createBrowser(address).logIn('quick@example.com', { device: { name } })))
  await Promise.all(['192.0.2.1', '192.0.2.2'].map(async (from) => await ask(address, 'POST', '/api/auth/login', {
    headers: { ...SAME_SITE, 'x-forwarded-for': from }, body: { email: 'quick@example.com', password: PASSWORD, transport: 'cookie' }
  })))
  await Promise.all([1, 2].map(async () => await createBrowser(address).logIn('quick@example.com', { transport: 'bearer' })))
  t.equal(await living(address, one.session()), 8)
})
