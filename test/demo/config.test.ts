/** What the demo reads from the environment, and how it says that something is wrong. */
import { test } from 'tap'
import { ConfigError, readConfig, VARIABLES } from '../../src/demo/config.ts'
import type { Environment } from '../../src/demo/variables.ts'

const SECRET = 'x'.repeat(32)
const DATABASE_URL = 'postgres://me:hunter2@127.0.0.1:5432/demo'

test('an empty environment gives the embedded defaults', async (t) => {
  t.match(readConfig({}), {
    host: '127.0.0.1',
    port: 3000,
    production: false,
    databaseUrl: undefined,
    dataDir: '.data',
    redisUrl: undefined,
    jwtSecret: undefined,
    allowedOrigins: [],
    trustProxy: [],
    sessionOptions: {},
    openLogin: false,
    logLevel: 'info'
  })
})

test('an empty variable counts as absent, as docker compose passes it', async (t) => {
  const empty = Object.fromEntries(VARIABLES.map((name) => [name, '']))
  t.same(readConfig(empty), readConfig({}))
})

test('every variable of the contract arrives', async (t) => {
  const config = readConfig({
    HOST: '0.0.0.0',
    PORT: '0',
    DATABASE_URL,
    DATA_DIR: '/var/lib/demo',
    REDIS_URL: 'rediss://127.0.0.1:6380',
    JWT_SECRET: SECRET,
    ALLOWED_ORIGINS: 'https://a.example.com, http://localhost:8080, capacitor://localhost',
    TRUST_PROXY: '10.0.0.0/8, ::1',
    SMTP_URL: 'smtp://127.0.0.1:25',
    MAIL_FROM: 'Accounts <accounts@example.com>',
    GEOIP_DATABASE: '/usr/share/GeoIP/city.mmdb',
    SESSION_OPTIONS: '{"socket":{"heartbeatMs":500}}',
    DEMO_OPEN_LOGIN: '1',
    LOG_LEVEL: 'debug'
  })
  t.same(config, {
    production: false,
    host: '0.0.0.0',
    port: 0,
    databaseUrl: DATABASE_URL,
    dataDir: '/var/lib/demo',
    redisUrl: 'rediss://127.0.0.1:6380',
    jwtSecret: SECRET,
    allowedOrigins: ['https://a.example.com', 'http://localhost:8080', 'capacitor://localhost'],
    trustProxy: ['10.0.0.0/8', '::1'],
    smtpUrl: 'smtp://127.0.0.1:25',
    mailFrom: 'Accounts <accounts@example.com>',
    geoipDatabases: ['/usr/share/GeoIP/city.mmdb'],
    sessionOptions: { socket: { heartbeatMs: 500 } },
    openLogin: true,
    logLevel: 'debug'
  })
})

const BAD: ReadonlyArray<[variable: string, env: Environment]> = [
  ['HOST', { HOST: 'not a host' }],
  ['PORT', { PORT: '65536' }],
  ['PORT', { PORT: '-1' }],
  ['PORT', { PORT: '3000x' }],
  ['DATABASE_URL', { DATABASE_URL: 'mysql://127.0.0.1/x', JWT_SECRET: SECRET }],
  ['DATABASE_URL', { DATABASE_URL: 'not a url', JWT_SECRET: SECRET }],
  ['DATA_DIR', { DATA_DIR: 's3://bucket' }],
  ['DATABASE_URL', { DATABASE_URL: 'postgres://u:5/hunter2@127.0.0.1/x', JWT_SECRET: SECRET }],
  ['REDIS_URL', { REDIS_URL: 'http://127.0.0.1' }],
  ['REDIS_URL', { REDIS_URL: 'redis://u:hun@ter2/x@127.0.0.1:6379' }],
  ['JWT_SECRET', { JWT_SECRET: 'x'.repeat(31) }],
  ['JWT_SECRET', { NODE_ENV: 'production' }],
  ['JWT_SECRET', { DATABASE_URL }],
  ['ALLOWED_ORIGINS', { ALLOWED_ORIGINS: 'https://app.example.com/' }],
  ['ALLOWED_ORIGINS', { ALLOWED_ORIGINS: '*' }],
  ['ALLOWED_ORIGINS', { ALLOWED_ORIGINS: 'null' }],
  ['TRUST_PROXY', { TRUST_PROXY: 'true' }],
  ['TRUST_PROXY', { TRUST_PROXY: '10.0.0.0/33' }],
  ['TRUST_PROXY', { TRUST_PROXY: '10.0.0.0/8/8' }],
  ['TRUST_PROXY', { TRUST_PROXY: '1' }],
  ['TRUST_PROXY', { TRUST_PROXY: '0.0.0.0/0' }],
  ['TRUST_PROXY', { TRUST_PROXY: '10.0.0.0/8, ::/0' }],
  ['TRUST_PROXY', { TRUST_PROXY: '10.0.0.0/00' }],
  ['SMTP_URL', { SMTP_URL: 'http://127.0.0.1', MAIL_FROM: 'a@example.com' }],
  ['MAIL_FROM', { SMTP_URL: 'smtp://127.0.0.1' }],
  ['MAIL_FROM', { MAIL_FROM: 'nobody' }],
  ['GEOIP_DATABASE', { GEOIP_DATABASE: '/tmp/city.csv' }],
  ['SESSION_OPTIONS', { SESSION_OPTIONS: '{' }],
  ['SESSION_OPTIONS', { SESSION_OPTIONS: '[]' }],
  ['SESSION_OPTIONS', { SESSION_OPTIONS: 'null' }],
  ['DEMO_OPEN_LOGIN', { DEMO_OPEN_LOGIN: 'yes' }],
  ['DEMO_OPEN_LOGIN', { DEMO_OPEN_LOGIN: '1', NODE_ENV: 'production', JWT_SECRET: SECRET }],
  ['LOG_LEVEL', { LOG_LEVEL: 'loud' }]
]

for (const [variable, env] of BAD) {
  test(`${JSON.stringify(env)} is refused in one line that names ${variable}`, async (t) => {
    const error = t.throws(() => readConfig(env), ConfigError) as ConfigError
    t.equal(error.variable, variable)
    t.ok(error.message.startsWith(`${variable} `))
    t.notMatch(error.message, /\n/)
    t.notMatch(error.message, /hunter2/, 'a password is not shown')
  })
}

test('every variable has a malformed value in this test', async (t) => {
  t.same(new Set(BAD.map(([variable]) => variable)), new Set(VARIABLES))
})
