/** What a newcomer reads: every option of a wrong type, or slightly misspelt, is one line that says what it must be or what was meant. */
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import t from 'tap'
import liveSessions, { type LiveSessionsOptions } from '../../plugins/index.ts'
import { resolveOptions } from '../../src/options/resolve.ts'

const URL = 'postgres://user:hunter2@127.0.0.1:5432/app'
const REQUIRED = { secret: 'a secret of the tests, long enough for HS256', database: URL }
const login = (more: object): object => ({ login: { verify: () => null, ...more } })
const database = (more: object): object => ({ database: { url: URL, ...more } })
const number = (from: number, to: number | string, value: string): string => `must be a whole number from ${from} to ${to}, not ${value}`
const TIMER = 2_147_483_647
const LONG = 3_155_760_000_000
const POSTGRES = 'must be a URL like postgres://user:password@host:5432/name'
const REDIS = 'must be a URL like redis://host:6379 (with TLS: rediss://), or an ioredis instance'
const DATABASE = 'must be a postgres:// URL, {url, pool, schema}, or a MikroORM instance'
const SECRET = 'must be a text or bytes (at least 32 random ones), or a key pair {algorithm, publicKey, privateKey}, or a list of those'
const UNREADABLE = "this one can't be read: in user and password, signs like @ : / # % are written %40 %3A %2F %23 %25"
const NO_NUMBER = "this one's database is none: it is a whole number from 0, as in redis://host:6379/0, or left out"
const NO_PORT = "this one's port is none: it is a whole number from 1 to 65535"
class Pool {}

/** The options, and the line after `fastify-live-sessions: option "…" `. */
const TABLE: ReadonlyArray<readonly [name: string, options: object, says: string]> = [
  ['secret', { secret: 5 }, `${SECRET}, not a number`],
  ['secret', { secret: true }, `${SECRET}, not a boolean`],
  ['secret', { secret: 'short' }, 'is too short: it has 5 bytes; HS256 needs at least 32 random ones (for example from: openssl rand -base64 48)'],
  ['secret.publickey', { secret: { algorithm: 'ES256', publickey: 'x' } }, 'does not exist; did you mean secret.publicKey?'],
  ['jwtSecret', { jwtSecret: 'x' }, 'does not exist; did you mean secret?'],
  ['secrett', { secrett: 'x' }, 'does not exist; did you mean secret?'],

  ['database', { database: 5 }, `${DATABASE}, not 5`],
  ['database', { database: Promise.resolve() }, `${DATABASE}, not a promise (is an await missing?)`],
  ['database', { database: new Pool() }, `${DATABASE} (of @mikro-orm/postgresql 6), not a Pool`],
  ['database', { database: 'mysql://root:hunter2@127.0.0.1/app' }, `${POSTGRES}, not a URL that begins with mysql://`],
  ['database', { database: '127.0.0.1:5432' }, `${POSTGRES}, not this text`],
  ['database', { database: 'postgres://user:hun/ter2@127.0.0.1:x/app' }, `${POSTGRES}; ${UNREADABLE}`],
  ...['u:5/hunter2@127.0.0.1:5432/x', 'u:hun@ter2/x@127.0.0.1/x', 'u:5?hunter2@127.0.0.1/x', 'u:5#hunter2@127.0.0.1/x', 'u:hun@ter2#x@127.0.0.1/x', 'u:99999/hunter2@127.0.0.1/x', 'u:hun@ter2?x@127.0.0.1/x']
    .map((rest) => ['database', { database: `postgres://${rest}` }, `${POSTGRES}; ${UNREADABLE}`] as const),
  ...['u:hunter2@127.0.0.1:99999/x', 'u:hunter2@127.0.0.1:0/x', 'u:hunter2@127.0.0.1:54e2/x', 'u:hunter2@[::1]:65536/x', '127.0.0.1:port/x', 'u:hunter2@h:-1?sslmode=require']
    .map((rest) => ['database', { database: `postgres://${rest}` }, `${POSTGRES}; ${NO_PORT}`] as const),
  ...['shema', 'Schema', 'schemas', 'scheme', 'currentSchema'].map((name) => ['database', { database: `${URL}?sslmode=disable&${name}=auth` }, `${POSTGRES}; this one's "${name}" is read by nobody; did you mean "schema"?`] as const),
  ['database.connectionString', { database: { connectionString: URL } }, 'does not exist; did you mean database.url?'],
  ['database.uri', { database: { uri: URL } }, 'does not exist; did you mean database.url?'],
  ['database.ulr', { database: { ulr: URL } }, 'does not exist; did you mean database.url?'],
  ['database.host', { database: { host: 'x', url: URL } }, 'does not exist; the options of database are pool, schema, url'],
  ['databse', { databse: URL }, 'does not exist; did you mean database?'],
  ['db', { db: URL }, 'does not exist; did you mean database?'],
  ['database.url', { database: { url: 5 } }, `${POSTGRES}, not 5`],
  ['database.schema', database({ schema: 5 }), 'must be a text that is not empty, not 5'],
  ['database.shema', database({ shema: 'auth' }), 'does not exist; did you mean database.schema?'],
  ['database.pool', database({ pool: 5 }), 'must be an object with min, max, not 5'],
  ['database.pool.max', database({ pool: { max: '10' } }), number(1, 10_000, '"10"')],
  ['database.pool.min', database({ pool: { min: -1 } }), number(0, 10, '-1')],
  ['database.pool.mx', database({ pool: { mx: 5 } }), 'does not exist; did you mean database.pool.max?'],

  ['redis', { redis: 'http://x' }, `${REDIS}, not a URL that begins with http://`],
  ['redis', { redis: 'localhost:6379' }, `${REDIS}, not this text`],
  ['redis', { redis: '' }, `${REDIS}, not an empty text`],
  ['redis', { redis: 5 }, `${REDIS}, not 5`],
  ['redis', { redis: { duplicate: () => null, isOpen: true } }, `${REDIS}, not a client of another library`],
  ['redis', { redis: 'redis://:hun/ter2@x:y' }, `${REDIS}; ${UNREADABLE}`],
  ...['/abc', '/-1', '/1.5', '/0x1', '/1/2', '?db=x', '?db=', '/1?db=-1'].map((end) => ['redis', { redis: `redis://:hunter2@127.0.0.1:6379${end}` }, `${REDIS}; ${NO_NUMBER}`] as const),
  ['redis', { redis: '/run/redis.sock?password=hunter2&db=x' }, `${REDIS}; ${NO_NUMBER}`],
  ...['x', -1, 1.5].map((db) => ['redis', { redis: new Redis({ lazyConnect: true, db: db as number }) }, `${REDIS}; this one's database (db) is none: it is a whole number from 0, or left out`] as const),
  ...['u:hun@ter2/x@127.0.0.1:6379', ':5/hunter2@h', ':5?hunter2@h', ':hun@ter2#x@h'].map((rest) => ['redis', { redis: `redis://${rest}` }, `${REDIS}; ${UNREADABLE}`] as const),
  ...[':hunter2@127.0.0.1:99999', ':hunter2@h:0/1', 'h:port', '[::1]:65536'].map((rest) => ['redis', { redis: `redis://${rest}` }, `${REDIS}; ${NO_PORT}`] as const),
  ['reids', { reids: 'redis://x' }, 'does not exist; did you mean redis?'],
  ['redisUrl', { redisUrl: 'redis://x' }, 'does not exist; did you mean redis?'],
  ['redisPrefix', { redisPrefix: 5 }, 'must be a text that is not empty, not 5'],
  ['redisprefix', { redisprefix: 'x' }, 'does not exist; did you mean redisPrefix?'],

  ['prefix', { prefix: 'api' }, 'must be a path like "/api", without a slash at its end, or "" (with parameters, as in "/:tenant/api", it is the prefix of a scope: app.register(scope, { prefix: "/:tenant" })), not "api"'],
  ['prefx', { prefx: '/api' }, 'does not exist; did you mean prefix?'],
  ['login', { login: () => null }, 'must be an object with verify, failuresPerMinute, accountFailuresPerHour, reauthenticate, not a function'],
  ['login.verify', { login: {} }, 'is missing; give a function that checks the password and returns {id, claims?} or null'],
  ['login.verify', { login: { verify: 5 } }, 'must be a function that checks the password and returns {id, claims?} or null, not 5'],
  ['login.verfy', { login: { verfy: 5 } }, 'does not exist; did you mean login.verify?'],
  ['login.failuresPerMinute', login({ failuresPerMinute: '5' }), number(0, 1_000_000, '"5"')],
  ['login.failuresPerMin', login({ failuresPerMin: 5 }), 'does not exist; did you mean login.failuresPerMinute?'],
  ['login.reauthenticate', login({ reauthenticate: 5 }), 'must be a function that checks the password again and returns true or false, not 5'],
  ['login.reauthentcate', login({ reauthentcate: 5 }), 'does not exist; did you mean login.reauthenticate?'],
  ['lgoin', { lgoin: {} }, 'does not exist; did you mean login?'],
  ['admin', { admin: true }, 'must be an object with authorize, not true'],
  ['admin.authorize', { admin: {} }, 'is missing; give a function from the request to true or false'],
  ['admin.authorise', { admin: { authorise: 5 } }, 'does not exist; did you mean admin.authorize?'],
  ['admn', { admn: {} }, 'does not exist; did you mean admin?'],

  ...['issuer', 'audience'].map((name) => [name, { [name]: 5 }, 'must be a text that is not empty, not 5'] as const),
  ['isuer', { isuer: 'x' }, 'does not exist; did you mean issuer?'],
  ['audiance', { audiance: 'x' }, 'does not exist; did you mean audience?'],
  ...['absoluteTimeoutMs', 'idleTimeoutMs'].map((name) => [name, { [name]: '30 days' }, number(1, LONG, '"30 days"')] as const),
  ...['activityIntervalMs', 'leaseMs', 'queryTimeoutMs'].map((name) => [name, { [name]: TIMER + 1 }, number(1, TIMER, String(TIMER + 1))] as const),
  ['renewalMs', { renewalMs: 2_000 }, 'must be at most a third of leaseMs (4000), not 2000: one late renewal would end the lease'],
  ['absoluteTimeout', { absoluteTimeout: 5 }, 'does not exist; did you mean absoluteTimeoutMs?'],
  ['idleTimeOutMs', { idleTimeOutMs: 5 }, 'does not exist; did you mean idleTimeoutMs?'],
  ['activityInterval', { activityInterval: 5 }, 'does not exist; did you mean activityIntervalMs?'],
  ['leaseMS', { leaseMS: 5 }, 'does not exist; did you mean leaseMs?'],
  ['renewMs', { renewMs: 5 }, 'does not exist; did you mean renewalMs?'],
  ['queryTimeout', { queryTimeout: 5 }, 'does not exist; did you mean queryTimeoutMs?'],
  ['timeout', { timeout: 5 }, 'does not exist; did you mean idleTimeoutMs?'],

  ['preventConcurrentLogin', { preventConcurrentLogin: 'logoutFromAllDevice' }, 'must be "disabled", "logoutFromSameTypeDevices", "logoutFromAllDevices" or a function that gives one of them, not "logoutFromAllDevice"; did you mean "logoutFromAllDevices"?'],
  ['preventConcurentLogin', { preventConcurentLogin: 'disabled' }, 'does not exist; did you mean preventConcurrentLogin?'],
  ['maxSessions', { maxSessions: '5' }, number(1, '1000000, null for no limit, or a function that gives one', '"5"')],
  ['maxSession', { maxSession: 5 }, 'does not exist; did you mean maxSessions?'],
  ['whenFull', { whenFull: 'evictoldest' }, 'must be "evictOldest", "evictLeastRecentlyActive", "deny" or a function that gives one of them, not "evictoldest"; did you mean "evictOldest"?'],
  ['whenfull', { whenfull: 'deny' }, 'does not exist; did you mean whenFull?'],
  ...['replaceSameDevice', 'awaitEvictions', 'migrate'].map((name) => [name, { [name]: 'yes' }, 'must be true or false, not "yes"'] as const),
  ['replaceSameDevices', { replaceSameDevices: true }, 'does not exist; did you mean replaceSameDevice?'],
  ['awaitEviction', { awaitEviction: true }, 'does not exist; did you mean awaitEvictions?'],
  ['migrations', { migrations: true }, 'does not exist; did you mean migrationUrl?'],
  ['reauthenticateWithinMs', { reauthenticateWithinMs: '5 min' }, number(1, `${LONG}, null for never, or a function that gives one`, '"5 min"')],
  ['reauthenticateWithin', { reauthenticateWithin: 5 }, 'does not exist; did you mean reauthenticateWithinMs?'],
  ['addresses', { addresses: 5 }, 'must be an object with precision, retentionMs, not 5'],
  ['addresses.precision', { addresses: { precision: 'half' } }, 'must be "whole", "network" or "none", not "half"'],
  ['absoluteTimeoutMs', { absoluteTimeoutMs: Number.MAX_SAFE_INTEGER }, number(1, LONG, '9007199254740991')],
  ['prefix', { prefix: '//api' }, 'must be a path like "/api", without a slash at its end, or "" (with parameters, as in "/:tenant/api", it is the prefix of a scope: app.register(scope, { prefix: "/:tenant" })), not "//api"'],
  ['addresses.retentionMs', { addresses: { retentionMs: 0 } }, 'must be a whole number from 1 to 3155760000000, or null, not 0'],
  ['geoip', { geoip: 5 }, 'must be the path of an .mmdb file, a list of paths, or {files, precision, checkEveryMs}, not 5'],
  ['geoip', { geoip: [] }, 'is an empty list; leave the option out for no places'],
  ['geoip.precision', { geoip: { files: 'x.mmdb', precision: 'street' } }, 'must be "country", "region", "city" or "none", not "street"'],
  ['geoIp', { geoIp: 'x.mmdb' }, 'does not exist; did you mean geoip?'],
  ['knownDevicesMs', { knownDevicesMs: 'x' }, number(1, LONG, '"x"')],
  ['risk', { risk: 5 }, 'must be true, false, or an object with onRisk, weights and thresholds, not 5'],
  ['risk.deny', { risk: { deny: 1 } }, 'does not exist; did you mean risk.denyFrom?'],
  ['risk.unconfirmedFrom', { risk: { denyFrom: 50, unconfirmedFrom: 50 } }, 'must be less than risk.denyFrom (50), not 50: what is denied needs no confirmation'],
  ['migrationUrl', { migrationUrl: 'x' }, `${POSTGRES}, not this text`],
  ['migrationURL', { migrationURL: URL }, 'does not exist; did you mean migrationUrl?'],

  ...(['socket', 'cleanup', 'cache'] as const).map((name) => [name, { [name]: true }, `must be an object with ${{
    socket: 'countsAsActivity, heartbeatMs, maxPerSession, maxFramesPerTenSeconds', cleanup: 'enabled, periodMs, inactiveMs, retentionMs', cache: 'maxSessions, maxReads'
  }[name]}, not true`] as const),
  ['socket.countsAsActivity', { socket: { countsAsActivity: 'no' } }, 'must be true or false, not "no"'],
  ['socket.heartbeatMs', { socket: { heartbeatMs: 0 } }, number(1, TIMER, '0')],
  ['socket.heartbeat', { socket: { heartbeat: 5 } }, 'does not exist; did you mean socket.heartbeatMs?'],
  ['socket.maxPerSession', { socket: { maxPerSession: null } }, number(1, 1_000_000, 'null')],
  ['socket.maxFramesPerTenSeconds', { socket: { maxFramesPerTenSeconds: 0.5 } }, number(1, 1_000_000, '0.5')],
  ['cleanup.enabled', { cleanup: { enabled: 1 } }, 'must be true or false, not 1'],
  ['cleanup.periodMs', { cleanup: { periodMs: [] } }, number(1, TIMER, 'an empty list')],
  ['cleanup.period', { cleanup: { period: 5 } }, 'does not exist; did you mean cleanup.periodMs?'],
  ['cleanup.inactiveMs', { cleanup: { inactiveMs: {} } }, number(1, LONG, 'an object')],
  ['cleanup.retentionMs', { cleanup: { retentionMs: NaN } }, number(1, LONG, 'NaN')],
  ['cache.maxSessions', { cache: { maxSessions: -1 } }, number(0, 10_000_000, '-1')],
  ['cache.maxReads', { cache: { maxReads: 0 } }, number(1, 1_000_000, '0')],
  ['cache.maxRead', { cache: { maxRead: 5 } }, 'does not exist; did you mean cache.maxReads?'],
  ['requireTls', { requireTls: 'yes' }, 'must be true, false or "auto", not "yes"'],
  ['requireTLS', { requireTLS: true }, 'does not exist; did you mean requireTls?'],
  ['allowedOrigins', { allowedOrigins: 'https://x' }, 'must be a list of origins like ["https://app.example.com"], not "https://x"'],
  ['allowedOrigins', { allowedOrigins: [/x/] }, 'has a pattern; an origin looks like https://app.example.com, without a path or a *, or like capacitor://localhost'],
  ['allowedOrigins', { allowedOrigins: ['https://*.example.com'] }, 'has "https://*.example.com"; an origin looks like https://app.example.com, without a path or a *, or like capacitor://localhost'],
  ['allowedOrigin', { allowedOrigin: [] }, 'does not exist; did you mean allowedOrigins?'],
  ['clearSiteData', { clearSiteData: 'cache' }, 'must be a list of types like ["cache"], or false, not "cache"'],
  ['clearSiteData', { clearSiteData: ['cookie'] }, 'has "cookie"; did you mean cookies?'],
  ['clearSite', { clearSite: [] }, 'does not exist; did you mean clearSiteData?'],
  ['notify', { notify: 'yes' }, 'must be true (open pages only), false, or an object with mail, recipient and others, not "yes"'],
  ['notify.mial', { notify: { mial: {} } }, 'does not exist; did you mean notify.mail?'],
  ['notify.mail', { notify: { mail: { from: 'a@b.example' } } }, 'needs a url, or a transport, and not both'],
  ['notify.mail.from', { notify: { mail: { url: 'smtp://127.0.0.1' } } }, 'must be a text that is not empty, not undefined'],
  ['notify.mail.from', { notify: { mail: { url: 'smtp://127.0.0.1', from: 'a@b.example\r\nBcc: c@d.example' } } }, 'must be one line, not "a@b.example\\r\\nBcc: c@d.example"'],
  ['notify.mail.url', { notify: { mail: { url: 'http://root:hunter2@127.0.0.1', from: 'a@b.example' } } }, 'must be a URL like smtp://user:password@host:587, not this text'],
  ['notify.recipient', { notify: { mail: { url: 'smtp://127.0.0.1', from: 'a@b.example' }, origin: 'https://a.example' } }, 'is missing; mails need a function from a user\'s id to {address, locale?, timeZone?}, or null'],
  ['notify.origin', { notify: { mail: { url: 'smtp://127.0.0.1', from: 'a@b.example' }, recipient: () => null } }, 'is missing; the links in mails begin with it: give where people reach the app, like "https://shop.example"'],
  ['notify.origin', { notify: { origin: 'https://shop.example/path' } }, 'must be an origin like "https://shop.example", without a path, not "https://shop.example/path"'],
  ['notify.kinds', { notify: { kinds: ['new_devise'] } }, 'must be "new_device", "suspicious", "password_changed" or "sessions_ended", not "new_devise"; did you mean "new_device"?'],
  ['notify.changePasswordUrl', { notify: { changePasswordUrl: 'javascript:alert(1)' } }, 'must be a URL like "https://shop.example/password", not "javascript:alert(1)"'],
  ['notify.maxPerDay', { notify: { maxPerDay: 0 } }, 'must be a whole number from 1 to 1000000, not 0']
]

t.test('every wrong or misspelt option is one line that says what to write', async (t) => {
  for (const [name, options, says] of TABLE) {
    try {
      resolveOptions({ ...REQUIRED, ...options } as unknown as LiveSessionsOptions, { production: false })
      t.fail(`${name} was taken: ${says}`)
    } catch (error) {
      const { code, message } = error as { code: string, message: string }
      t.equal(`${code} ${message}`, `SESSION_OPTION_INVALID fastify-live-sessions: option "${name}" ${says}`)
      t.notMatch(message, /hunter2|\n/)
    }
  }
})

/** What the driver, libpq and other libraries read behind the `?`. */
const PARAMETERS = ['application_name', 'client_encoding', 'connect_timeout', 'database', 'encoding', 'fallback_application_name', 'host', 'idle_in_transaction_session_timeout', 'keepalives', 'lock_timeout', 'options', 'password', 'port', 'query_timeout',
  'replication', 'ssl', 'sslcert', 'sslkey', 'sslmode', 'sslrootcert', 'statement_timeout', 'user', 'uselibpqcompat', 'channel_binding', 'pgbouncer', 'connection_limit', 'pool_timeout', 'target_session_attrs']

t.test('URLs of PostgreSQL that are as they should be are taken', async (t) => {
  for (const database of ['postgres://localhost/x', 'postgresql://u:hun@ter2@h:5432/x', 'postgres://u:hun%2Fter2%40@h/x?sslmode=disable', 'postgres://[::1]:5432/x', 'postgres:///x?host=/run/postgresql', 'postgres://%2Frun%2Fpostgresql/x', 'postgres://h:65535/x?application_name=a%40b&schema=auth', 'postgres://u:p@h/x?application_name=me@work', 'postgres:///x?user=me@tenant&host=h', 'postgres://h/x?currentSchema=a&schema=b',
    ...PARAMETERS.map((name) => `${URL}?${name}=1`)]) {
    t.doesNotThrow(() => resolveOptions({ ...REQUIRED, database } as unknown as LiveSessionsOptions, { production: false }), database)
  }
})

t.test('URLs of Redis that are as they should be are taken', async (t) => {
  for (const redis of ['redis://h', 'redis://h/', 'redis://h/0/', 'rediss://me:hun%2Fter2@h:6380/15', 'redis://h?db=1', 'redis://[::1]:6379/0', '/run/a@b.sock', '/run/redis.sock?db=2', new Redis({ lazyConnect: true, db: 1 })]) {
    t.doesNotThrow(() => resolveOptions({ ...REQUIRED, redis } as unknown as LiveSessionsOptions, { production: false }), String(redis))
  }
})

t.test('what is left out is said to be missing, by an app that starts', async (t) => {
  const { secret, database } = REQUIRED
  for (const [options, message] of [
    [{ database }, 'fastify-live-sessions: option "secret" is missing; give at least 32 random bytes, the same on every node (for example from: openssl rand -base64 48)'],
    [{ secret }, 'fastify-live-sessions: option "database" is missing; give a postgres:// URL, {url, pool, schema}, or a MikroORM instance that lists liveSessionEntities'],
    [{ secret, database: {} }, 'fastify-live-sessions: option "database" is missing; give a postgres:// URL, {url, pool, schema}, or a MikroORM instance that lists liveSessionEntities']
  ] as const) {
    const app = Fastify()
    await t.rejects(async () => { await app.register(liveSessions, options as unknown as LiveSessionsOptions) }, { message })
    await app.close()
  }
})

t.test('no option is forgotten in this table', async (t) => {
  const said = new Set(TABLE.flatMap(([name]) => name.split('.')[0] ?? ''))
  const [, list = ''] = /the options are (.*)$/.exec(messageOf(() => resolveOptions({ ...REQUIRED, xyzzyxyzzy: 1 } as unknown as LiveSessionsOptions, { production: false }))) ?? []
  t.same(list.split(', ').filter((name) => !said.has(name) && !OTHERS.includes(name)), [])
})

/** Those have tables of their own, beside their tests. */
const OTHERS = ['cookie', 'maxClockDifferenceMs']

function messageOf (work: () => unknown): string {
  try {
    work()
    return ''
  } catch (error) {
    return (error as Error).message
  }
}
