/** The log: nobody can write a line of it (R33), and whoever looks for attacks finds them there and in the events (R35). */
import t, { type Test } from 'tap'
import { buildApp, PASSWORD, type BuildOptions, type TestApp } from '../helpers/app.ts'
import { ask, logIn } from '../helpers/device.ts'
import { askRaw } from '../helpers/wire.ts'

interface LogLine {
  level: number
  msg: string
  reqId?: string
  code?: string
  reason?: string
  req?: { remoteAddress: string, url: string }
}

/** An app whose log is kept, chunk by chunk as it was written. */
async function buildLogged (t: Test, level: string, build: BuildOptions = {}): Promise<TestApp & { written: string[], lines: () => LogLine[] }> {
  const written: string[] = []
  const built = await buildApp(t, { ...build, server: { ...build.server, logger: { level, stream: { write: (chunk: string) => { written.push(chunk) } } } } })
  return { ...built, written, lines: () => written.map((chunk) => JSON.parse(chunk) as LogLine) }
}

t.test('R33: whatever a client writes, each line of the log is one of the server\'s own', async (t) => {
  const forged = '{"level":60,"time":1,"msg":"forged"}'
  const hostile = [`\n${forged}\n`, `\r\n${forged}`, `\u2028${forged}\u2029`, `\u0085${forged}`, '","msg":"forged","x":"', `\u001b[2K\u001b[1A${forged}`]
  const { address, written } = await buildLogged(t, 'trace', {
    options: { login: { verify: ({ body }) => { if (body.password === PASSWORD) return { id: body.email }; throw new Error(`nobody is called ${body.email}`) } } }
  })
  const device = await logIn(address)
  for (const text of hostile) {
    const inHeader = Buffer.from(text.replace(/[\r\n]/g, '\t')).toString('latin1')
    await ask(address, 'POST', '/api/auth/login', { body: { email: text, password: 'wrong' } })
    await ask(address, 'POST', '/api/auth/login', { body: { email: 'user@example.com', password: PASSWORD, device: { id: text, name: text, clientId: text } } })
    await device.ask('PATCH', `/api/sessions/${device.id}`, { body: { deviceName: text } })
    await device.ask('GET', `/api/sessions/${encodeURIComponent(text)}`)
    await device.ask('GET', `/api/sessions?include=${encodeURIComponent(text)}`)
    await askRaw(address, 'GET', '/api/sessions/current', { authorization: `Bearer ${inHeader}`, 'user-agent': inHeader, origin: inHeader })
    await askRaw(address, 'DELETE', '/api/sessions', { cookie: `session=${device.token}`, origin: inHeader, 'content-length': '0' })
    // Raw line breaks: the parser itself answers these.
    await askRaw(address, 'GET', '/api/sessions', { 'x-broken': text })
  }
  t.ok(written.some((chunk) => chunk.includes('nobody is called')), 'what they wrote is in the log')
  for (const chunk of written) {
    t.equal(chunk.indexOf('\n'), chunk.length - 1, 'one line a chunk')
    t.ok([...chunk.slice(0, -1)].every((character) => character >= ' '), 'and nothing in it that steers a terminal')
    const { level, msg } = JSON.parse(chunk) as LogLine
    t.ok(level < 60 && msg !== 'forged')
  }
})

t.test('R35: every refusal that an attack leads to is a line with its code, and its request\'s line has the address', async (t) => {
  const { address, lines } = await buildLogged(t, 'info', {
    options: {
      login: { verify: ({ body }) => body.password === PASSWORD ? { id: body.email } : null, failuresPerMinute: 2 },
      admin: { authorize: (request) => request.session?.userId === 'admin@example.com' }
    }
  })
  const [device, ended] = [await logIn(address), await logIn(address)]
  await ended.ask('POST', '/api/auth/logout')
  const refused: Array<[code: string, request: () => Promise<unknown>]> = [
    ['INVALID_CREDENTIALS', () => ask(address, 'POST', '/api/auth/login', { body: { email: 'user@example.com', password: 'wrong' } })],
    ['INVALID_CREDENTIALS', () => ask(address, 'POST', '/api/auth/login', { body: { email: 'user@example.com', password: 'wrong' } })],
    ['SESSION_RATE_LIMITED', () => ask(address, 'POST', '/api/auth/login', { body: { email: 'user@example.com', password: PASSWORD } })],
    ['SESSION_TOKEN_INVALID', () => ask(address, 'GET', '/api/sessions', { token: 'forged' })],
    ['SESSION_REVOKED', () => ended.ask('GET', '/api/sessions')],
    ['SESSION_FORBIDDEN', () => device.ask('GET', '/api/admin/sessions')],
    ['SESSION_ORIGIN_FORBIDDEN', () => ask(address, 'DELETE', '/api/sessions', { headers: { cookie: `session=${device.token}`, origin: 'https://evil.example' } })]
  ]
  for (const [code, request] of refused) {
    const before = lines().length
    await request()
    const since = lines().slice(before)
    const note = since.find((line) => line.code === code)
    t.match(note, { level: 30, msg: 'live-sessions: refused', code }, code)
    t.equal(since.find(({ reqId, req }) => reqId === note?.reqId && req !== undefined)?.req?.remoteAddress, '127.0.0.1', `${code}: from where`)
  }
  const before = lines().length
  await ask(address, 'GET', '/api/sessions')
  t.notOk(lines().slice(before).some(({ msg }) => msg === 'live-sessions: refused'), 'not to be logged in is no attack')
})

t.test('R35: logins, new names, ends and changed passwords are events in the database: who, whose, why, from where', async (t) => {
  const { app, address, database } = await buildApp(t, { options: { maxSessions: 2, whenFull: 'deny' } })
  const denied: unknown[] = []
  app.sessions.on('denied', (event) => { denied.push(event) })
  const [device, other] = [await logIn(address), await logIn(address)]
  t.equal((await ask(address, 'POST', '/api/auth/login', { body: { email: 'user@example.com', password: PASSWORD } })).status, 403)
  await device.ask('PATCH', `/api/sessions/${device.id}`, { body: { deviceName: 'Kitchen' } })
  await device.ask('DELETE', `/api/sessions/${other.id}`)
  await app.sessions.revokeUser('user@example.com', { reason: 'password_changed', by: 'support', ip: '192.0.2.1' })
  const noted = await database.query('select type, user_id, session_id, reason, by, ip_address from live_session_event order by at')
  const has = (event: Record<string, unknown>): void => {
    t.ok(noted.some((row) => Object.entries(event).every(([name, value]) => row[name] === value)), JSON.stringify(event))
  }
  const mine = { user_id: 'user@example.com' }
  for (const { id } of [device, other]) has({ ...mine, type: 'opened', session_id: id, by: 'user@example.com', ip_address: '127.0.0.1' })
  has({ ...mine, type: 'renamed', session_id: device.id })
  has({ ...mine, type: 'ended', session_id: other.id, reason: 'revoked_by_user', by: 'user@example.com', ip_address: '127.0.0.1' })
  has({ ...mine, type: 'ended', session_id: device.id, reason: 'password_changed', by: 'support', ip_address: '192.0.2.1' })
  has({ ...mine, type: 'credentials_changed', reason: 'password_changed', by: 'support' })
  t.match(denied, [{ userId: 'user@example.com', ipAddress: '127.0.0.1' }])
})
