/** No token and no secret is where others read it (R34): a run of everything with trace logging, then a search in all that came out. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { requireSession, type LiveSessionsOptions } from '../../plugins/index.ts'
import { buildApp, PASSWORD, SECRET, type TestApp } from '../helpers/app.ts'
import { createDatabase, type TestDatabase } from '../helpers/database.ts'
import { ask, openSocket, type RequestOptions } from '../helpers/device.ts'
import { randomPrefix, redisUrl } from '../helpers/redis.ts'
import { decode, forge } from '../helpers/forge.ts'
import { askRaw, cookiePair } from '../helpers/wire.ts'
import { until } from '../helpers/cluster.ts'

/** Everything that came out, by where it came out. */
type Found = Record<'log' | 'event' | 'bus' | 'answer' | 'socket' | 'error', string[]>

const USER = { email: 'user@example.com', password: PASSWORD }
const WRONG = 'a wrong password, that may be the right one elsewhere'
const FOREIGN_SECRET = 'another secret, with which somebody else signs'
const SAME_ORIGIN = { 'sec-fetch-site': 'same-origin' }

/** What is said on the bus of this prefix. */
async function listen (t: Test, prefix: string, found: Found): Promise<() => Promise<void>> {
  const [redis, other] = [new Redis(await redisUrl()), new Redis(await redisUrl())]
  t.teardown(() => { redis.disconnect(); other.disconnect() })
  redis.on('pmessage', (_pattern, _channel, text: string) => { found.bus.push(text) })
  await redis.psubscribe(`${prefix}*`)
  // Redis delivers in order: with this one, all before it have come.
  return async () => {
    await other.publish(`${prefix}:fence`, 'fence')
    while (!found.bus.includes('fence')) await once(redis, 'pmessage')
  }
}

async function build (t: Test, found: Found, database: TestDatabase, options: Partial<LiveSessionsOptions>): Promise<TestApp> {
  const built = await buildApp(t, {
    database,
    options: {
      ...options,
      login: {
        verify: ({ body }) => {
          if (body.email === 'broken@example.com') throw new Error('the app\'s own database is gone')
          return body.password === PASSWORD ? { id: body.email, claims: body.email === 'large@example.com' ? { large: 'x'.repeat(5_000) } : {} } : null
        },
        reauthenticate: ({ body }) => body['password'] === PASSWORD
      },
      reauthenticateWithinMs: 3_600_000,
      maxSessions: ({ userId }) => userId === 'full@example.com' ? 1 : null,
      whenFull: 'deny',
      admin: { authorize: (request) => request.session?.userId === 'admin@example.com' }
    },
    server: { logger: { level: 'trace', stream: { write: (line: string) => { found.log.push(line) } } } },
    after: (app) => {
      app.get('/guarded', { onRequest: requireSession }, async (request) => {
        request.log.info({ session: request.session }, 'an app that logs its session')
        return request.session
      })
      app.get('/broken', { onRequest: requireSession }, async () => { throw new Error('the app\'s own') })
    }
  })
  for (const name of ['opened', 'denied', 'ended'] as const) {
    built.app.sessions.on(name, (event) => {
      found.event.push(JSON.stringify(event))
      throw new Error('a listener that fails')
    })
  }
  return built
}

t.test('R34: no token, password or secret in any log, error, event, bus message, row or answer', async (t) => {
  const found: Found = { log: [], event: [], bus: [], answer: [], socket: [], error: [] }
  const tokens: string[] = []
  const redisPrefix = randomPrefix()
  const heardAll = await listen(t, redisPrefix, found)
  const database = await createDatabase(t)
  const options = { redis: await redisUrl(), redisPrefix, leaseMs: 1_000, renewalMs: 200 }
  const [here, there] = [await build(t, found, database, options), await build(t, found, database, options)]
  const { address } = here

  async function request (method: string, path: string, { at = address, ...given }: RequestOptions & { at?: string } = {}): Promise<{ status: number, body: Record<string, unknown> }> {
    const { status, headers, body } = await ask(at, method, path, given)
    found.answer.push(`${status} ${JSON.stringify([...headers])} ${JSON.stringify(body)}`)
    return { status, body }
  }
  /** A login's own answer is where its token belongs: it is not kept. */
  async function logIn (email: string, transport = 'bearer'): Promise<{ token: string, id: string }> {
    const { status, headers, body } = await ask<{ token?: string, session: { id: string } }>(address, 'POST', '/api/auth/login', { body: { ...USER, email, transport }, headers: SAME_ORIGIN })
    if (status !== 200) throw new Error(`login: ${status}`)
    found.answer.push(JSON.stringify(body.session))
    const token = body.token ?? cookiePair(headers, 'session').slice('session='.length)
    tokens.push(token)
    return { token, id: body.session.id }
  }
  async function open (protocols: string[], headers: Record<string, string> = {}): Promise<ReturnType<typeof openSocket>> {
    const socket = openSocket(address, protocols, headers)
    socket.ws.on('message', (data) => { found.socket.push(String(data)) })
    socket.ws.on('upgrade', ({ rawHeaders }) => { found.answer.push(rawHeaders.join()) })
    const refused = await socket.refused
    if (refused !== null) found.answer.push(refused.body)
    return socket
  }

  const [phone, laptop, browser, admin] = [await logIn(USER.email), await logIn(USER.email), await logIn(USER.email, 'cookie'), await logIn('admin@example.com')]
  const cookie = `session=${browser.token}`
  const { header, payload } = decode(phone.token)
  const forged = [forge(header, payload, FOREIGN_SECRET), forge(header, { ...payload, iss: 'somebody' }, SECRET), forge(header, { ...payload, exp: 1_000_000_000 }, SECRET)]
  tokens.push(...forged)

  // What goes well.
  for (const at of [address, there.address]) for (const { token } of [phone, laptop]) await request('GET', '/guarded', { token, at })
  for (const path of ['/api/sessions', '/api/sessions?include=ended', '/api/sessions/current', `/api/sessions/${phone.id}`]) await request('GET', path, { headers: { cookie } })
  for (const path of ['/api/admin/sessions', `/api/admin/sessions/${phone.id}`]) await request('GET', path, { token: admin.token })
  await request('PATCH', `/api/sessions/${phone.id}`, { token: phone.token, body: { deviceName: 'Kitchen' } })
  t.equal((await request('POST', '/api/auth/reauthenticate', { token: phone.token, body: { password: PASSWORD } })).status, 200)
  const socket = await open(['live-sessions.v1', `bearer.${phone.token}`])
  await socket.next('welcome')
  const second = await open(['live-sessions.v1'], { cookie, origin: address })
  await second.next('welcome')

  // What is refused.
  for (const token of forged) {
    await request('GET', '/guarded', { token })
    await request('GET', '/guarded', { headers: { cookie: `session=${token}` } })
    await open(['live-sessions.v1', `bearer.${token}`])
    await open(['graphql-ws', `bearer.${token}`])
  }
  await open(['live-sessions.v1', `bearer.${phone.token}`], { origin: 'https://evil.example' })
  await request('DELETE', '/api/sessions', { headers: { cookie, origin: 'https://evil.example' } })
  await request('GET', '/api/admin/sessions', { token: phone.token })
  await request('GET', '/broken', { token: phone.token })
  await request('GET', '/api/sessions/socket', { token: phone.token })
  await request('PATCH', `/api/sessions/${phone.id}`, { token: phone.token, body: { deviceName: '', token: phone.token } })
  await request('POST', '/api/auth/reauthenticate', { token: phone.token, body: { password: WRONG } })
  await request('POST', '/api/auth/login', { body: `{"email":"a","password":"${WRONG}"`, token: phone.token })
  for (const email of [USER.email, 'broken@example.com', 'full@example.com', 'full@example.com', 'large@example.com']) {
    for (const password of [WRONG, PASSWORD]) {
      const { status, headers, body } = await ask(address, 'POST', '/api/auth/login', { body: { email, password, transport: 'cookie' }, headers: { cookie, ...SAME_ORIGIN } })
      if (status === 200) tokens.push(cookiePair(headers, 'session').slice('session='.length))
      else found.answer.push(JSON.stringify([...headers]))
      found.answer.push(JSON.stringify(body))
    }
  }
  found.answer.push(await askRaw(address, 'GET', '/guarded', { authorization: `Bearer ${phone.token} ${phone.token}` }))
  for (const call of [
    () => here.app.sessions.revoke('x'), () => here.app.sessions.get(phone.id, { userId: 'nobody' }), () => here.app.sessions.revoke(phone.id, { userId: 'nobody' }),
    () => here.app.sessions.list('\0')
  ]) await call().catch((error: Error) => { found.error.push(JSON.stringify({ ...error, message: error.message, stack: error.stack })) })

  // What ends.
  await request('DELETE', `/api/sessions/${phone.id}`, { token: laptop.token, at: there.address })
  await socket.next('logout')
  await request('POST', '/api/auth/logout', { headers: { cookie, ...SAME_ORIGIN } })
  await second.next('logout')
  for (const { token } of [phone, browser]) {
    await request('GET', '/guarded', { token })
    await request('POST', '/api/auth/logout', { token })
    await open(['live-sessions.v1', `bearer.${token}`])
  }
  await request('POST', '/api/admin/sessions/revoke', { token: admin.token, body: { filter: { userId: 'full@example.com' } } })

  // What fails.
  await database.query('alter table live_session_node rename to nodes_out_of_reach')
  await database.query('alter table live_session rename to sessions_out_of_reach')
  await until(async () => (await here.app.sessions.health()).lease, (leased) => !leased)
  t.equal((await request('GET', '/guarded', { token: laptop.token })).status, 503)
  await request('POST', '/api/auth/login', { body: USER })
  await open(['live-sessions.v1', `bearer.${laptop.token}`])
  await database.query('alter table sessions_out_of_reach rename to live_session')
  await database.query('alter table nodes_out_of_reach rename to live_session_node')
  await until(() => request('DELETE', '/api/sessions', { token: laptop.token }), ({ status }) => status === 200)
  await heardAll()

  const rows = (await Promise.all(['live_session', 'live_session_event', 'live_session_node'].map((table) => database.query<{ row: string }>(`select row_to_json(r)::text as row from ${table} r`)))).flat().map(({ row }) => row)
  const everything = { ...found, row: rows }
  for (const [where, texts] of Object.entries(everything)) t.ok(texts.length > 3, `${where}: ${texts.length} texts were looked at`)
  t.ok(found.log.some((line) => line.includes('out_of_reach') || line.includes('does not exist')), 'errors of the database are in the log')
  t.ok(found.log.some((line) => line.includes('a listener that fails')), 'and those of listeners')
  t.ok(tokens.length > 6)

  const needles = new Map<string, string>([['the password', PASSWORD], ['a wrong password', WRONG], ['the secret', SECRET], ['the foreign secret', FOREIGN_SECRET]])
  for (const [index, token] of tokens.entries()) {
    const [, content = '', signature = ''] = token.split('.')
    needles.set(`token ${index}'s content`, content).set(`token ${index}'s signature`, signature)
    for (const encoding of ['hex', 'base64', 'base64url'] as const) needles.set(`token ${index}'s hash in ${encoding}`, createHash('sha256').update(token).digest(encoding))
  }
  for (const [what, needle] of needles) {
    t.ok(needle.length > 20, `${what} is long enough to be looked for`)
    for (const [where, texts] of Object.entries(everything)) t.same(texts.filter((text) => text.includes(needle)), [], `${what}, in a ${where}`)
  }
})
