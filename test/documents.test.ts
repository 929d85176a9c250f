/** The documents name everything that the outside can meet: routes, options, errors, close codes, messages. Fails when one is forgotten. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { EVENT_NAMES } from '../plugins/api/session-calls.ts'
import { FUNCTIONS, TABLES, TRIGGERS } from '../src/database/tables.ts'
import * as errors from '../src/errors.ts'
import type { AddressOptions } from '../src/options/addresses.ts'
import type { CookieOptions } from '../src/options/cookie.ts'
import { DEFAULTS } from '../src/options/defaults.ts'
import type { GeoipOptions } from '../src/options/geoip.ts'
import type { MailOptions, NotifyOptions } from '../src/options/notify.ts'
import type {
  AdminOptions, CacheOptions, CleanupOptions, DatabaseOptions, LiveSessionsOptions, LoginOptions, SocketOptions
} from '../src/options/options.ts'
import type { RiskOptions } from '../src/options/risk.ts'
import {
  BEARER_SUBPROTOCOL_PREFIX, CLOSE_CODES, DEVICE_TYPES, ERROR_STATUS, EXPIRY_REASONS, REVOCATION_REASONS, SESSION_STATUSES, SUBPROTOCOL,
  type ClientMessage, type ServerMessage
} from '../src/protocol.ts'
import { VARIABLES } from '../src/demo/config.ts'
import { buildApp } from './helpers/app.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string): string => readFileSync(resolve(root, path), 'utf8')

const README = read('README.md')
const [API, OPTIONS, ROUTES, DEPLOYMENT] = ['API', 'OPTIONS', 'ROUTES', 'DEPLOYMENT'].map((name) => read(`docs/${name}.md`)) as [string, string, string, string]
const PROTOCOL = read('docs/PROTOCOL.md')
const DOCUMENTS = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md',
  ...readdirSync(resolve(root, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
  ...readdirSync(resolve(root, 'docs/guides')).map((name) => `docs/guides/${name}`)]

/** The rows of a document's tables whose first cell is `cell`. */
function rows (document: string, cell: string): string[] {
  return document.split('\n').filter((line) => line.startsWith(`| \`${cell}`) && /^[`\s|]/.test(line.slice(cell.length + 3)))
}

/** The part of a document below a heading, up to the next one of the same rank. */
function section (document: string, heading: string): string {
  const rank = heading.split(' ')[0] ?? ''
  const [, after = ''] = document.split(`\n${heading}\n`)
  return after.split(new RegExp(`\n${rank} `))[0] ?? ''
}

/** The names of a type's members: a record that lacks one, or has one too many, does not compile. */
type Names<Type> = Record<keyof Type, true>

const OPTION_NAMES = {
  options: {
    secret: true,
    database: true,
    redis: true,
    prefix: true,
    login: true,
    admin: true,
    issuer: true,
    audience: true,
    absoluteTimeoutMs: true,
    idleTimeoutMs: true,
    activityIntervalMs: true,
    preventConcurrentLogin: true,
    maxSessions: true,
    whenFull: true,
    replaceSameDevice: true,
    awaitEvictions: true,
    reauthenticateWithinMs: true,
    cleanup: true,
    cookie: true,
    requireTls: true,
    allowedOrigins: true,
    clearSiteData: true,
    socket: true,
    cache: true,
    leaseMs: true,
    renewalMs: true,
    maxClockDifferenceMs: true,
    redisPrefix: true,
    migrate: true,
    migrationUrl: true,
    queryTimeoutMs: true,
    notify: true,
    geoip: true,
    risk: true,
    knownDevicesMs: true,
    addresses: true
  } satisfies Names<LiveSessionsOptions>,
  database: { url: true, pool: true, schema: true } satisfies Names<DatabaseOptions>,
  login: {
    verify: true, failuresPerMinute: true, accountFailuresPerHour: true, reauthenticate: true
  } satisfies Names<LoginOptions<unknown>>,
  admin: { authorize: true } satisfies Names<AdminOptions<unknown>>,
  socket: {
    countsAsActivity: true, heartbeatMs: true, maxPerSession: true, maxFramesPerTenSeconds: true
  } satisfies Names<SocketOptions>,
  cleanup: { enabled: true, periodMs: true, inactiveMs: true, retentionMs: true } satisfies Names<CleanupOptions>,
  addresses: { precision: true, retentionMs: true } satisfies Names<AddressOptions>,
  cache: { maxSessions: true, maxReads: true } satisfies Names<CacheOptions>,
  cookie: {
    name: true, secure: true, sameSite: true, domain: true, path: true, partitioned: true
  } satisfies Names<CookieOptions>,
  notify: {
    origin: true, appName: true, mail: true, send: true, recipient: true, kinds: true, maxPerDay: true, linkMs: true, changePasswordUrl: true, giveUpMs: true
  } satisfies Names<NotifyOptions>,
  'notify.mail': {
    url: true, transport: true, from: true, template: true
  } satisfies Names<MailOptions>,
  geoip: { files: true, precision: true, checkEveryMs: true } satisfies Names<GeoipOptions>,
  risk: {
    onRisk: true, weights: true, suspiciousFrom: true, unconfirmedFrom: true, denyFrom: true, maxKmPerHour: true, minTravelKm: true, failedLogins: true, confirmWithinMs: true
  } satisfies Names<RiskOptions>
}
const MESSAGE_TYPES = {
  welcome: true, logout: true, sessions_changed: true, notice: true, heartbeat: true, ack: true
} satisfies Record<(ServerMessage | ClientMessage)['type'], true>

t.test('every option is in OPTIONS.md', async (t) => {
  const table = OPTIONS
  const options = Object.entries(OPTION_NAMES).flatMap(([group, names]) =>
    Object.keys(names).map((name) => group === 'options' ? name : `${group}.${name}`))
  t.same(Object.keys(DEFAULTS).filter((key) => !options.includes(key)), [], 'the interface has every default')
  for (const option of options) t.equal(rows(table, option).length, 1, option)
  const written = [...table.matchAll(/^\| `([\w.]+)`/gm)].map(([, option]) => option)
  t.same(written.filter((option) => !options.includes(option ?? '')), [], 'and no option that does not exist')
})

t.test('every default is the one in OPTIONS.md', async (t) => {
  const table = OPTIONS
  const DAY = 86_400_000
  const shown = (value: unknown): string => {
    if (typeof value === 'number') return value >= DAY ? `${value / DAY} days` : `\`${value.toLocaleString('en').replaceAll(',', '_')}\``
    return '`' + (typeof value === 'boolean' ? String(value) : JSON.stringify(value).replaceAll('"', "'")) + '`'
  }
  for (const [option, value] of Object.entries(DEFAULTS)) t.equal(rows(table, option)[0]?.split(' | ')[1], shown(value), option)
})

t.test('every error code is in both documents, with its status', async (t) => {
  for (const [code, status] of Object.entries(ERROR_STATUS)) {
    for (const [name, document] of Object.entries({ ROUTES, PROTOCOL })) t.match(rows(document, code)[0], `| ${status} |`, `${code} in ${name}`)
  }
  const { StartProblem, ...made } = errors
  t.ok(StartProblem.prototype instanceof Error, 'has no code: it ends a command')
  const codes = [errors.sessionEnded('logout'), errors.sessionEnded('expired'), ...Object.values(made)
    .flatMap((value) => value.prototype instanceof Error ? [new (value as new () => { code: string })()] : [])].map(({ code }) => code)
  for (const code of Object.keys(ERROR_STATUS)) t.ok(codes.includes(code), `${code} is an error`)
  for (const code of codes) t.equal(rows(ROUTES, code).length, 1, `${code} in ROUTES.md`)
})

t.test('every close code, message, reason, device type and status is in PROTOCOL.md', async (t) => {
  const closing = section(PROTOCOL, '### Close codes')
  for (const code of Object.values(CLOSE_CODES)) t.match(closing, new RegExp(`^\\| ${code} \\|`, 'm'), `${code}`)
  t.equal([...closing.matchAll(/^\| \d+ \|/gm)].length, Object.keys(CLOSE_CODES).length, 'and no other')
  for (const type of Object.keys(MESSAGE_TYPES)) t.match(PROTOCOL, `{"type":"${type}"`)
  for (const word of [...REVOCATION_REASONS, ...EXPIRY_REASONS, ...DEVICE_TYPES, ...SESSION_STATUSES]) t.match(PROTOCOL, `\`${word}\``)
  t.match(PROTOCOL, `\`${SUBPROTOCOL}\``)
  t.match(PROTOCOL, `\`${BEARER_SUBPROTOCOL_PREFIX}<jwt>\``)
})

t.test('every call of app.sessions is in API.md', async (t) => {
  const { app } = await buildApp(t)
  const calls = Object.keys(app.sessions)
  const written = [...section(API, '## What `app.sessions` can do').matchAll(/^\| `(\w+)\(/gm)].map(([, call = '']) => call)
  t.same(written.sort(), calls.sort(), 'these, and no others')
})

t.test('every event is in API.md', async (t) => {
  for (const event of EVENT_NAMES) t.equal(rows(section(API, '## Events'), event).length, 1, event)
})

t.test('every route is in ROUTES.md, and those of users in PROTOCOL.md', async (t) => {
  const found = await findRoutes(t)
  t.ok(found.length >= 10, `found ${found.length} routes`)
  for (const route of found) {
    t.equal(rows(section(ROUTES, '## Routes'), route).length, 1, `${route} in ROUTES.md`)
    if (!route.includes(' /admin/')) t.equal(rows(section(PROTOCOL, '## HTTP'), route).length, 1, `${route} in PROTOCOL`)
  }
  const written = [...section(ROUTES, '## Routes').matchAll(/^\| `([A-Z]+ \/\S*?)`/gm)].map(([, route = '']) => route)
  t.same(written.filter((route) => !found.includes(route)), [], 'and no route that does not exist')
})

/** All that an app with every part of the plugin serves, without the prefix. */
async function findRoutes (t: Test): Promise<string[]> {
  const found: string[] = []
  await buildApp(t, {
    options: {
      prefix: '/sessions-prefix',
      admin: { authorize: () => false },
      login: { verify: () => null, reauthenticate: () => false },
      notify: { origin: 'https://shop.example', send: () => {}, recipient: () => null },
      reauthenticateWithinMs: 1_000
    },
    before (app) {
      app.addHook('onRoute', ({ method, url }) => {
        // The way of those that are too long for one parameter is no other route.
        if (url.includes('(')) return
        for (const one of [method].flat()) if (one !== 'HEAD' && one !== 'OPTIONS') found.push(`${one} ${url.replace('/sessions-prefix', '')}`)
      })
    }
  })
  return found
}

t.test('every variable of the demo is in DEPLOYMENT.md', async (t) => {
  const table = DEPLOYMENT
  for (const name of VARIABLES) t.match(table, new RegExp(`^\\| .*\`${name}\`.* \\|`, 'm'), name)
})

t.test('every command that a document tells to run exists', async (t) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  for (const document of DOCUMENTS) {
    for (const [command, run] of read(document).matchAll(/\bnpm (?:run ([\w:]+)|test)\b/g)) t.ok(scripts[run ?? 'test'], `${command} in ${document}`)
  }
})

t.test('every link leads somewhere', async (t) => {
  for (const document of DOCUMENTS) {
    const text = read(document)
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? document : resolve(root, dirname(document), path)
      t.ok(path === '' || existsSync(file), `${target} in ${document}`)
      if (anchor !== undefined) t.ok(headings(path === '' ? text : readFileSync(file, 'utf8')).includes(anchor), `${target} in ${document}`)
    }
  }
})

t.test('every file and folder of this repository that a document names exists', async (t) => {
  let named = 0
  for (const document of DOCUMENTS.filter((name) => name !== 'CHANGELOG.md')) {
    for (const [, path = ''] of read(document).matchAll(/`((?:src|plugins|test|docs)\/[\w/.-]+)`/g)) {
      named++
      t.ok(existsSync(resolve(root, path)), `${path} in ${document}`)
    }
  }
  t.ok(named > 100, `found ${named}`)
})

function headings (document: string): string[] {
  return [...document.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading.toLowerCase().replace(/[^\w\- ]/g, '').replaceAll(' ', '-'))
}

t.test('both whole apps are marked, so that a test can run them; the README is for the first ten minutes', async (t) => {
  for (const [name, document] of [['app.js', README], ['app.cjs', API]] as const) t.match(document, `<!-- example: ${name} -->\n\`\`\`js\n`)
  t.ok(README.split('\n').length <= 151, 'at most 150 lines')
})

t.test('the guide on PostgreSQL counts what is made there', async (t) => {
  const words = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']
  const [tables, functions, triggers] = [TABLES, FUNCTIONS, TRIGGERS].map(({ length }) => words[length])
  t.match(read('docs/guides/postgresql.md'), `keeps ${tables} tables, ${functions} functions and ${triggers} triggers in PostgreSQL`)
})

t.test('no document has something left to be filled in', async (t) => {
  for (const document of DOCUMENTS) t.notMatch(read(document), /PLACEHOLDER|TODO|FIXME|TBD/, document)
})
