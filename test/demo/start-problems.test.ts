/** A start that can't work ends at once with code 1 and one line that names the variable. */
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { test, type Test } from 'tap'
import { readConfig } from '../../src/demo/config.ts'
import { startProblem } from '../../src/demo/start-problem.ts'
import { createDatabase } from '../helpers/database.ts'
import { runDemo } from '../helpers/demo-process.ts'

const JWT_SECRET = 'x'.repeat(32)
const MEMORY = { DATA_DIR: 'memory://' }
/** What is wrong is found before anybody connects; the embedded database would take seconds to open. */
const NOWHERE = { DATABASE_URL: 'postgres://127.0.0.1:1/demo', JWT_SECRET }

async function fails (t: Test, variable: string, env: Record<string, string>, how?: { asBuilt: boolean }): Promise<string> {
  const { code, stderr } = await runDemo(t, env, how)
  t.equal(code, 1, 'the exit code')
  t.match(stderr, /^[^\n]+\n$/, 'one line')
  t.ok(stderr.startsWith(`fastify-live-sessions demo: ${variable}`), stderr)
  return stderr
}

const BAD: Record<string, Record<string, string>> = {
  HOST: { HOST: 'not a host' },
  PORT: { PORT: 'http' },
  DATABASE_URL: { DATABASE_URL: '127.0.0.1:5432', JWT_SECRET },
  DATA_DIR: { DATA_DIR: '/proc/nowhere' },
  REDIS_URL: { REDIS_URL: 'localhost' },
  JWT_SECRET: { JWT_SECRET: 'short' },
  ALLOWED_ORIGINS: { ALLOWED_ORIGINS: 'app.example.com' },
  TRUST_PROXY: { TRUST_PROXY: 'everybody' },
  SMTP_URL: { SMTP_URL: 'mail.example.com' },
  MAIL_FROM: { SMTP_URL: 'smtp://127.0.0.1' },
  GEOIP_DATABASE: { GEOIP_DATABASE: '/nowhere/city.mmdb' },
  SESSION_OPTIONS: { SESSION_OPTIONS: '{oops' },
  DEMO_OPEN_LOGIN: { DEMO_OPEN_LOGIN: 'true' },
  LOG_LEVEL: { LOG_LEVEL: 'noisy' }
}

/** Found when all is loaded; the others before, when dist/ has read less than the bundle has. */
const FOUND_LATE = ['DATA_DIR', 'GEOIP_DATABASE']

for (const [variable, env] of Object.entries(BAD)) {
  test(`a malformed ${variable} ends the process with code 1 and one line that names it`, async (t) => {
    await fails(t, variable, env, { asBuilt: !FOUND_LATE.includes(variable) })
  })
}

test('production without JWT_SECRET does not start', async (t) => {
  await fails(t, 'JWT_SECRET is missing', { NODE_ENV: 'production', ...MEMORY }, { asBuilt: true })
})

test('what the plugin finds in a URL is said of its variable', async (t) => {
  t.match(await fails(t, 'REDIS_URL', { ...NOWHERE, REDIS_URL: 'redis://127.0.0.1:6379/abc' }), /whole number from 0/)
})

test('an option that SESSION_OPTIONS can not set is named', async (t) => {
  const line = await fails(t, 'SESSION_OPTIONS', { ...NOWHERE, SESSION_OPTIONS: '{"idleTimeOut":1}' })
  t.match(line, /idleTimeOut/)
})

for (const [options, named] of [
  ['{"secret":""}', 'secret'], ['{"secret":null}', 'secret'], ['{"cookie":{"name":5}}', 'cookie.name'], ['{"socket":{"heartbeatMS":5}}', 'socket.heartbeatMS'],
  ['{"redis":5}', 'redis'], ['{"admin":5}', 'admin'], ['{"login":{"verify":5}}', 'login.verify'], ['{"database":null}', 'database'], ['{"migrationUrl":5}', 'migrationUrl']
] as const) {
  test(`SESSION_OPTIONS ${options} are named, with the option`, async (t) => {
    t.match(await fails(t, 'SESSION_OPTIONS', { ...NOWHERE, SESSION_OPTIONS: options }), `"${named}"`)
  })
}

test('a HOST that can not be looked up or listened on is named, whatever the system calls the reason', async (t) => {
  const config = readConfig({ HOST: 'nowhere.example', DATABASE_URL: 'postgres://127.0.0.1/demo', JWT_SECRET })
  for (const code of ['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EINVAL']) {
    t.match(startProblem(Object.assign(new Error(`getaddrinfo ${code} nowhere.example`), { code, syscall: 'getaddrinfo', hostname: 'nowhere.example' }), config), /^HOST nowhere\.example /, code)
  }
  for (const code of ['EADDRNOTAVAIL', 'EINVAL', 'EAFNOSUPPORT', 'ENETDOWN']) {
    t.match(startProblem(Object.assign(new Error(`listen ${code}: nowhere.example`), { code, syscall: 'listen' }), config), /^HOST nowhere\.example /, code)
  }
  for (const code of ['EADDRINUSE', 'EACCES']) t.match(startProblem(Object.assign(new Error(code), { code, syscall: 'listen' }), config), /^PORT 3000 /, code)
  t.match(startProblem(Object.assign(new Error('x'), { code: 'EAI_AGAIN', syscall: 'getaddrinfo', hostname: 'db.example' }), config), /^DATABASE_URL/)
})

test('a database that can not be reached is named by its variable, without its password', async (t) => {
  const line = await fails(t, 'DATABASE_URL', { DATABASE_URL: 'postgres://me:hunter2@127.0.0.1:1/demo', JWT_SECRET }, { asBuilt: true })
  t.match(line, /127\.0\.0\.1:1\/demo/)
  t.notMatch(line, /hunter2/)
})

test('a port that is taken is named', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.teardown(() => { server.close() })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await fails(t, `PORT ${port}`, { DATABASE_URL: (await createDatabase(t)).url, JWT_SECRET, PORT: String(port) })
})
