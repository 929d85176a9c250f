/** The options: defaults filled in once, and everything wrong refused at registration with a coded error that names the option. */
import t from 'tap'
import { DEFAULTS, type ResolvedOptions } from '../../src/options/defaults.ts'
import { resolveOptions } from '../../src/options/resolve.ts'
import type { LiveSessionsOptions } from '../../src/options/options.ts'

const REQUIRED = { secret: 'a secret of the tests, long enough for HS256', database: 'postgres://user@127.0.0.1:5432/app' }

function resolve (options: Record<string, unknown> = {}, production = false): ResolvedOptions {
  return resolveOptions({ ...REQUIRED, ...options } as unknown as LiveSessionsOptions, { production })
}

t.test('what is left out, or undefined, gets its default', async (t) => {
  t.match(resolve(), { ...DEFAULTS, database: { url: REQUIRED.database, pool: { max: 10 } }, socket: { heartbeatMs: 25_000 } })
  t.same(resolve(Object.fromEntries([...Object.keys(DEFAULTS), 'redis', 'socket', 'cookie'].map((name) => [name, undefined]))), resolve())
  t.match(resolve({ socket: { heartbeatMs: 1_000, maxPerSession: undefined } }).socket, { heartbeatMs: 1_000, maxPerSession: 16 })
  t.match(resolve({ database: { url: REQUIRED.database, pool: { max: 1 }, schema: 'own' } }).database, { pool: { min: 0, max: 1 }, schema: 'own' })
})

t.test('redis, login and admin that are null are left out', async (t) => {
  t.same(resolve({ redis: null, login: null, admin: null }), resolve())
  t.equal(resolve({ login: { verify: () => null, failuresPerMinute: undefined } }).login?.failuresPerMinute, 30)
})

t.test('the cookie needs TLS in production, and wherever it is asked for', async (t) => {
  const safe = { sameSite: 'lax', path: '/', partitioned: false }
  const tagged = (name: string, secure: boolean) => ({ ...safe, name: new RegExp(`^${name}-[\\da-f]{6}$`), secure })
  t.match(resolve().cookie, tagged('session', false))
  t.same(resolve({}, true).cookie, { ...safe, name: '__Host-session', secure: true })
  t.match(resolve({ cookie: { secure: true } }).cookie, tagged('__Host-session', true))
  t.same(resolve({ cookie: { secure: false } }, true).cookie, { ...safe, name: 'session', secure: false })
  t.same(resolve({ cookie: { name: 'own' } }, true).cookie, { ...safe, name: 'own', secure: true })
  for (const given of [{ domain: 'example.com' }, { path: '/app' }]) {
    t.same(resolve({ cookie: given }, true).cookie, { ...safe, ...given, name: '__Secure-session', secure: true })
    t.match(resolve({ cookie: given }).cookie, { ...tagged('session', false), ...given })
  }
  t.same(resolve({ cookie: { sameSite: 'none', partitioned: true } }, true).cookie, { ...safe, sameSite: 'none', partitioned: true, name: '__Host-session', secure: true })
})

t.test('outside production the cookie\'s name tells apps apart, and is the same on all nodes of one, through a rotation of its secret', async (t) => {
  const nameOf = (options: Record<string, unknown> = {}): string => resolve(options).cookie.name
  const same = [{}, { database: 'postgres://other:secret@pooler:6432/app' }, { database: { url: REQUIRED.database, pool: { max: 2 } } }, { secret: ['a newer secret of the tests, as long as that', REQUIRED.secret] }, { redis: 'redis://127.0.0.1', cookie: { sameSite: 'strict' } }]
  const others = [{ issuer: 'shop' }, { audience: 'shop' }, { prefix: '/v2' }, { database: 'postgres://user@127.0.0.1:5432/shop' }, { secret: 'another secret of the tests, as long as the other' }]
  t.equal(new Set(same.map(nameOf)).size, 1)
  t.equal(new Set([{}, ...others].map(nameOf)).size, others.length + 1)
  for (const name of [{}, ...others].map(nameOf)) t.match(name, /^session-[0-9a-f]{6}$/)
  t.equal(nameOf({ cookie: { name: 'own' } }), 'own')
})

t.test('a database or a secret that is not there is said to be missing', async (t) => {
  for (const database of [undefined, null, '', {}, { url: undefined }]) t.throws(() => resolve({ database }), { code: 'SESSION_DATABASE_MISSING', message: /"database"/ })
  for (const secret of [undefined, null, '']) t.throws(() => resolve({ secret }), { code: 'SESSION_SECRET_MISSING', message: /"secret"/ })
})

t.test('a wrong value is refused, by the name of its option', async (t) => {
  const wrong: Array<[name: string, options: Record<string, unknown>]> = [
    ['absoluteTimeOutMs', { absoluteTimeOutMs: 1 }],
    ...['postgres://127.0.0.1:5432', 'postgres://127.0.0.1:5432/', 'postgresql://user:word@127.0.0.1?sslmode=require', 'postgres:///?host=/run'].flatMap((url): Array<[string, Record<string, unknown>]> =>
      [['database', { database: url }], ['database.url', { database: { url } }], ['migrationUrl', { migrationUrl: url }]]),
    ['database', { database: 'mysql://127.0.0.1/app' }], ['database', { database: 'postgres://host:port/app' }], ['database', { database: 5 }], ['database.url', { database: { url: 'x' } }],
    ...['absoluteTimeoutMs', 'idleTimeoutMs', 'activityIntervalMs', 'leaseMs', 'renewalMs', 'queryTimeoutMs'].flatMap((name) =>
      [0, -1, 1.5, NaN, Infinity, '1000', null].map((value): [string, Record<string, unknown>] => [name, { [name]: value }])),
    ['leaseMs', { leaseMs: 2 ** 31 }],
    ['renewalMs', { renewalMs: 2_000 }],
    ['prefix', { prefix: 'api' }], ['prefix', { prefix: '/api/' }], ['prefix', { prefix: '/:user' }], ['prefix', { prefix: null }],
    ['issuer', { issuer: '' }], ['audience', { audience: 5 }], ['redisPrefix', { redisPrefix: '' }],
    ['cookie.name', { cookie: { name: 'a b' } }], ['cookie.name', { cookie: { name: '' } }], ['cookie.name', { cookie: { name: '__Host-x', secure: false } }],
    ['cookie.sameSite', { cookie: { sameSite: 'none' } }], ['cookie.sameSite', { cookie: { sameSite: 'None', secure: true } }], ['cookie.sameSite', { cookie: { sameSite: false } }],
    ['cookie.partitioned', { cookie: { partitioned: true } }], ['cookie.partitioned', { cookie: { partitioned: 1, secure: true } }],
    ...['__Host-x', '__host-x', '__HOST-x', '__Host-Http-x'].flatMap((name): Array<[string, Record<string, unknown>]> => [
      ['cookie.domain', { cookie: { name, secure: true, domain: 'example.com' } }], ['cookie.path', { cookie: { name, secure: true, path: '/app' } }]]),
    ...['', 'com', 'localhost', '.example.com', 'https://example.com', 'example.com:443', 'example.com; Secure', 'a b.com', '192.0.2.1', '-a.com', 'x'.repeat(300) + '.com', 5, null]
      .map((domain): [string, Record<string, unknown>] => ['cookie.domain', { cookie: { domain } }]),
    ...['', 'app', '/app; Secure', '/a b', '/\r\nx', '/\u00e9', 5, null].map((path): [string, Record<string, unknown>] => ['cookie.path', { cookie: { path } }]),
    ['allowedOrigins', { allowedOrigins: ['https://app.example.com/'] }], ['allowedOrigins', { allowedOrigins: ['null'] }], ['allowedOrigins', { allowedOrigins: ['*'] }],
    ...['file://', 'file://host', 'capacitor://', 'capacitor://localhost/', 'capacitor://localhost/path', 'capacitor://*', 'tauri://a@b', 'javascript://x', 'data://x', 'Capacitor://localhost', 'capacitor:localhost', 'https://APP.example.com', 'https://app.example.com:443']
      .map((origin): [string, Record<string, unknown>] => ['allowedOrigins', { allowedOrigins: [origin] }]),
    ['allowedOrigins', { allowedOrigins: 'https://app.example.com' }], ['allowedOrigins', { allowedOrigins: null }],
    ...[null, 0, 'true', 'always', []].map((requireTls): [string, Record<string, unknown>] => ['requireTls', { requireTls }]),
    ['clearSiteData', { clearSiteData: 'cache' }], ['clearSiteData', { clearSiteData: true }],
    ['clearSiteData', { clearSiteData: [5] }], ['clearSiteData', { clearSiteData: [''] }], ['clearSiteData', { clearSiteData: ['cache", "cookies'] }],
    ['clearSiteData', { clearSiteData: ['cache\r\nset-cookie: a=b'] }], ['clearSiteData', { clearSiteData: ['ca che'] }],
    ['login.verify', { login: {} }], ['login.verify', { login: { verify: 'x' } }], ['login.reauthenticate', { login: { verify: () => null, reauthenticate: false } }],
    ['login.failuresPerMinute', { login: { verify: () => null, failuresPerMinute: null } }], ['admin.authorize', { admin: {} }],
    ...['login', 'admin', 'cookie', 'socket', 'cleanup', 'addresses', 'cache'].flatMap((name) => [5, 'x', true, []].map((value): [string, Record<string, unknown>] => [name, { [name]: value }])),
    ['redis', { redis: 5 }], ['redis', { redis: '' }], ['redis', { redis: {} }], ['redis', { redis: [] }], ['migrationUrl', { migrationUrl: 5 }], ['migrationUrl', { migrationUrl: 'mysql://x/y' }],
    ...['migrate', 'replaceSameDevice', 'awaitEvictions'].flatMap((name) => [null, 0, 'false'].map((value): [string, Record<string, unknown>] => [name, { [name]: value }])),
    ['cookie.secure', { cookie: { secure: 'yes' } }], ['cookie.name', { cookie: { name: 5 } }], ['cookie.name', { cookie: { name: null } }],
    ['cleanup.enabled', { cleanup: { enabled: 1 } }], ['socket.countsAsActivity', { socket: { countsAsActivity: null } }], ['prefix', { prefix: ['/api'] }],
    ['database', { database: [] }], ['database.schema', { database: { url: REQUIRED.database, schema: 5 } }], ['database.pool', { database: { url: REQUIRED.database, pool: 5 } }],
    ['database.pool.max', { database: { url: REQUIRED.database, pool: { max: 0 } } }], ['database.pool.min', { database: { url: REQUIRED.database, pool: { min: 5, max: 4 } } }],
    ...['', 'full', '/24', 24, true, null].map((precision): [string, Record<string, unknown>] => ['addresses.precision', { addresses: { precision } }]),
    ...[0, -1, 1.5, NaN, '1 day', true].map((retentionMs): [string, Record<string, unknown>] => ['addresses.retentionMs', { addresses: { retentionMs } }]),
    ['addresses.truncate', { addresses: { truncate: true } }],
    // Names that do not exist, in groups as well.
    ['socket.heartbeatMS', { socket: { heartbeatMS: 5 } }], ['cleanup.period', { cleanup: { period: 5 } }], ['cache.size', { cache: { size: 5 } }], ['cookie.domain', { cookie: { domain: 'x' } }],
    ['login.verfy', { login: { verify: () => null, verfy: 5 } }], ['admin.authorise', { admin: { authorize: () => true, authorise: 5 } }], ['socket.__proto__', { socket: JSON.parse('{"__proto__":{}}') as object }],
    ['database.urls', { database: { url: REQUIRED.database, urls: [] } }], ['database.pool.size', { database: { url: REQUIRED.database, pool: { size: 5 } } }],
    ['socket.heartbeatMs', { socket: { heartbeatMs: 0 } }], ['socket.maxPerSession', { socket: { maxPerSession: 0 } }], ['socket.maxFramesPerTenSeconds', { socket: { maxFramesPerTenSeconds: 1.5 } }]
  ]
  for (const [name, options] of wrong) {
    t.throws(() => resolve(options), { code: 'SESSION_OPTION_INVALID', message: `option "${name}" ` }, `${name}: ${JSON.stringify(options)}`)
  }
})
