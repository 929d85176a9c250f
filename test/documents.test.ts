/** The documents name everything that the outside can meet: routes, options, errors, close codes, messages. Fails when one is forgotten. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import * as errors from '../src/errors.ts'
import { DEFAULTS } from '../src/options/defaults.ts'
import { BEARER_SUBPROTOCOL_PREFIX, CLOSE_CODES, DEVICE_TYPES, ERROR_STATUS, EXPIRY_REASONS, REVOCATION_REASONS, SESSION_STATUSES, SUBPROTOCOL } from '../src/protocol.ts'
import { VARIABLES } from '../src/demo/config.ts'

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

/** The members of an interface in options.ts: [name, whether it may be left out]. */
function members (name: string): string[] {
  const [, body = ''] = new RegExp(`interface ${name}\\b[^{]*\\{\\n([\\s\\S]*?)\\n\\}`).exec(read('src/options/options.ts') + read('src/options/cookie.ts') + read('src/options/notify.ts')) ?? []
  return [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, member = '']) => member)
}

t.test('every option is in OPTIONS.md', async (t) => {
  const table = OPTIONS
  const options = [
    ...members('LiveSessionsOptions'),
    ...Object.entries({ database: 'DatabaseOptions', login: 'LoginOptions', admin: 'AdminOptions', socket: 'SocketOptions', cleanup: 'CleanupOptions', cache: 'CacheOptions', cookie: 'CookieOptions', notify: 'NotifyOptions', 'notify.mail': 'MailOptions' })
      .flatMap(([group, name]) => members(name).map((member) => `${group}.${member}`))
  ]
  t.ok(options.length > 25, 'the interfaces were found')
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
  const source = read('src/errors.ts')
  const codes = [...source.matchAll(/createError\('(\w+)'/g)].map(([, code = '']) => code)
  t.ok(codes.length >= Object.keys(ERROR_STATUS).length && typeof errors.sessionEnded === 'function')
  for (const code of codes) t.equal(rows(ROUTES, code).length, 1, `${code} in ROUTES.md`)
})

t.test('every close code, message, reason, device type and status is in PROTOCOL.md', async (t) => {
  const closing = section(PROTOCOL, '### Close codes')
  for (const code of Object.values(CLOSE_CODES)) t.match(closing, new RegExp(`^\\| ${code} \\|`, 'm'), `${code}`)
  t.equal([...closing.matchAll(/^\| \d+ \|/gm)].length, Object.keys(CLOSE_CODES).length, 'and no other')
  for (const type of read('src/protocol.ts').matchAll(/interface \w+Message \{ type: '(\w+)'/g)) t.match(PROTOCOL, `{"type":"${type[1]}"`)
  for (const word of [...REVOCATION_REASONS, ...EXPIRY_REASONS, ...DEVICE_TYPES, ...SESSION_STATUSES]) t.match(PROTOCOL, `\`${word}\``)
  t.match(PROTOCOL, `\`${SUBPROTOCOL}\``)
  t.match(PROTOCOL, `\`${BEARER_SUBPROTOCOL_PREFIX}<jwt>\``)
})

t.test('every call of app.sessions is in API.md', async (t) => {
  const [, body = ''] = /interface SessionsApi \{\n([\s\S]*?)\n\}/.exec(read('plugins/api/sessions.ts')) ?? []
  const calls = [...body.matchAll(/^ {2}(\w+):/gm)].map(([, call = '']) => call)
  const written = [...section(API, '## What `app.sessions` can do').matchAll(/^\| `(\w+)\(/gm)].map(([, call = '']) => call)
  t.same(written.sort(), calls.sort(), 'these, and no others')
})

t.test('every event is in API.md', async (t) => {
  const [, body = ''] = /interface SessionEvents \{\n([\s\S]*?)\n\}/.exec(read('src/session/session-events.ts')) ?? []
  const events = [...body.matchAll(/^ {2}(\w+): \{/gm)].map(([, event = '']) => event)
  t.ok(events.length > 0, 'the interface was found')
  for (const event of events) t.equal(rows(section(API, '## Events'), event).length, 1, event)
})

t.test('every route is in ROUTES.md, and those of users in PROTOCOL.md', async (t) => {
  const found = routesInSource()
  t.ok(found.length >= 10, `found ${found.length} routes in plugins/`)
  for (const route of found) {
    t.equal(rows(section(ROUTES, '## Routes'), route).length, 1, `${route} in ROUTES.md`)
    if (!route.includes(' /admin/')) t.equal(rows(section(PROTOCOL, '## HTTP'), route).length, 1, `${route} in PROTOCOL`)
  }
  const written = [...section(ROUTES, '## Routes').matchAll(/^\| `([A-Z]+ \/\S*?)`/gm)].map(([, route = '']) => route)
  t.same(written.filter((route) => !found.includes(route)), [], 'and no route that does not exist')
})

/** Routes as the plugins declare them: `app.get('/sessions', …)` and `app.route({ method, url })`, whatever the instance is called. */
function routesInSource (): string[] {
  const short = /\b\w+\.(get|post|put|patch|delete)(?:<[^(]*>)?\(\s*'(\/[^']*)'/g
  const long = /\.route(?:<[^(]*>)?\(\{\s*method: '(\w+)',\s*url: '(\/[^']*)'/g
  return readdirSync(resolve(root, 'plugins'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => read(`plugins/${name}`))
    .flatMap((source) => [...source.matchAll(short), ...source.matchAll(long)])
    .map(([, method = '', path = '']) => `${method.toUpperCase()} ${path}`)
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

function headings (document: string): string[] {
  return [...document.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading.toLowerCase().replace(/[^\w\- ]/g, '').replaceAll(' ', '-'))
}

t.test('both whole apps are marked, so that a test can run them; the README is for the first ten minutes', async (t) => {
  for (const [name, document] of [['app.js', README], ['app.cjs', API]] as const) t.match(document, `<!-- example: ${name} -->\n\`\`\`js\n`)
  t.ok(README.split('\n').length <= 151, 'at most 150 lines')
})

t.test('no document has something left to be filled in', async (t) => {
  for (const document of DOCUMENTS) t.notMatch(read(document), /PLACEHOLDER|TODO|FIXME|TBD/, document)
})
