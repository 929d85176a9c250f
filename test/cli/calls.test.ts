/** Wrong calls end with 2 and the usage, failures with 1 and one line; help is there for all; nothing secret is ever printed (R34). */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createDatabase, createEmptyDatabase } from '../helpers/database.ts'
import { runCommand } from '../helpers/command-line.ts'

const ID = '0b7c0000-0000-4000-8000-000000000000'
const NOWHERE = 'postgres://nobody:hunter2@127.0.0.1:1/none'
const COMMANDS = ['migrate', 'list', 'revoke', 'revoke-user', 'cleanup', 'doctor'] as const

/** A few processes at a time. */
async function eachOf<Case> (cases: readonly Case[], work: (one: Case) => Promise<void>): Promise<void> {
  const rest = [...cases]
  await Promise.all(Array.from({ length: 4 }, async () => {
    for (let one = rest.shift(); one !== undefined; one = rest.shift()) await work(one)
  }))
}

t.test('help is there for all and for each, and ends with 0', async (t) => {
  const { code, stdout, stderr } = await runCommand(['--help'], {}, { asBuilt: true })
  t.match({ code, stderr }, { code: 0, stderr: '' })
  for (const name of COMMANDS) t.match(stdout, new RegExp(`^  ${name} `, 'm'))
  await eachOf(COMMANDS, async (name) => {
    t.match(await runCommand([name, '--help']), { code: 0, stdout: new RegExp(`^Usage: fastify-live-sessions ${name} [^]*--url <postgres>[^]*--json`), stderr: '' }, name)
  })
})

t.test('--version prints the version that is installed', async (t) => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { version: string }
  for (const flag of ['--version', '-v']) t.match(await runCommand([flag], {}, { asBuilt: true }), { code: 0, stdout: `${version}\n`, stderr: '' })
})

t.test('a wrong call ends with 2, says why, shows the usage, and does not even connect', async (t) => {
  const cases: ReadonlyArray<readonly [args: readonly string[], why: RegExp]> = [
    [[], /no command given/],
    [['fly'], /no command "fly"/],
    [['list', '--url', NOWHERE], /--user <id>/],
    [['list', '--user', 'x'], /DATABASE_URL/],
    [['list', '--user', 'x', '--url', 'mysql://127.0.0.1/x'], /postgres/],
    ...['list', 'migrate', 'doctor', 'cleanup'].map((name) => [[name, ...(name === 'list' ? ['--user', 'x'] : []), '--url', 'postgres://127.0.0.1:5432'], /--url or DATABASE_URL names no database/] as const),
    [['migrate', '--url', 'postgres://u:5/hunter2@127.0.0.1:5432/x'], /give --url .*signs like @ : .*%40/],
    [['doctor', '--redis', 'redis://u:hun@ter2/x@127.0.0.1:6379', '--url', NOWHERE], /give --redis .*signs like @ : .*%40/],
    [['migrate', '--url', `${NOWHERE}?shema=auth`], /give --url .*did you mean "schema"/],
    [['migrate', '--url', 'postgres://u:hunter2@127.0.0.1:99999/x'], /give --url .*port is none/],
    [['migrate', '--print-grants', '--url', 'postgres://127.0.0.1:5432/'], /--url or DATABASE_URL names no database/],
    [['list', '--user', '', '--url', NOWHERE], /--user is empty/],
    [['list', '--user', 'x', '--user', 'y', '--url', NOWHERE], /--user is given twice/],
    [['list', '--nope', '--url', NOWHERE], /no option --nope\n/],
    [['list', '--usr', 'x', '--url', NOWHERE], /no option --usr; did you mean --user\?\n/],
    [['list', '--usr=x', '--url', NOWHERE], /no option --usr; did you mean --user\?\n/],
    [['list', '-u', 'x', '--url', NOWHERE], /no option -u\n/],
    [['lst', '--user', 'x', '--url', NOWHERE], /no command "lst"; did you mean list\?\n/],
    [['revoke', '--url', NOWHERE], /name what to end: .*--all/],
    [['revoke', 'x', '--url', NOWHERE], /"x" is not the id of a session/],
    [['revoke', ID, ID, '--url', NOWHERE], /no command/],
    [['revoke', ID, '--all', '--url', NOWHERE], /one of these alone/],
    [['revoke', '--all', '--filter', 'userId=x', '--url', NOWHERE], /one of these alone/],
    [['revoke', ID, '--dry-run', '--url', NOWHERE], /--dry-run goes with/],
    [['revoke', '--filter', 'userId=', '--url', NOWHERE], /userId is empty/],
    [['revoke', '--filter', '', '--url', NOWHERE], /--filter is <name>=<value>/],
    [['revoke', '--filter', 'user=x', '--url', NOWHERE], /no filter "user"; there are userId,/],
    [['revoke', '--filter', '__proto__=x', '--url', NOWHERE], /no filter/],
    [['revoke', '--filter', 'ip=192.0.2.1', '--filter', 'ip=192.0.2.2', '--url', NOWHERE], /ip is given twice/],
    [['revoke', '--filter', 'deviceType=phone', '--url', NOWHERE], /desktop, mobile/],
    [['revoke', '--filter', 'createdBefore=yesterday', '--url', NOWHERE], /createdBefore is not "yesterday"/],
    [['revoke', '--filter', 'createdBefore=2026-02-31', '--url', NOWHERE], /createdBefore is not/],
    [['revoke', '--filter', 'inactiveSince=2026-01-01T00:00', '--url', NOWHERE], /inactiveSince is not/],
    [['revoke', '--all', '--reason', 'whim', '--url', NOWHERE], /--reason is one of logout,/],
    [['revoke', '--all', '--lease-ms', '0', '--url', NOWHERE], /--lease-ms is a whole number/],
    [['revoke', '--all', '--redis', 'http://x', '--url', NOWHERE], /--redis/],
    [['doctor', '--redis', 'redis://127.0.0.1:6379/abc', '--url', NOWHERE], /--redis .*whole number from 0/],
    [['revoke', '--all', '--redis', 'redis://127.0.0.1:1', '--secret', 'hunter2', '--url', NOWHERE], /--secret.* 32/],
    [['revoke-user', '--url', NOWHERE], /revoke-user <user id>/],
    [['revoke-user', 'x', '--except', 'y', '--url', NOWHERE], /--except "y" is not the id/],
    [['cleanup', '--inactive-days', '-1', '--url', NOWHERE], /--inactive-days/],
    [['cleanup', '--retention-days', '1.5', '--url', NOWHERE], /--retention-days is a whole number/],
    [['doctor', '--watch-ms', 'long', '--url', NOWHERE], /--watch-ms is a whole number/]
  ]
  await eachOf(cases, async ([args, why]) => {
    const ended = await runCommand(args)
    t.match(ended, { code: 2, stdout: '', stderr: why }, args.join(' ') || 'nothing')
    t.match(ended.stderr, /\nUsage: fastify-live-sessions[^]*--help/)
    t.ok(ended.stderr.split('\n').length < 25, 'the help is not all of it')
    t.notMatch(ended.stderr, 'hunter2')
  })
  const json = await runCommand(['revoke', '--all', '--reason', 'whim', '--json', '--url', NOWHERE], {}, { asBuilt: true })
  t.match({ ...json, stderr: JSON.parse(json.stderr) }, { code: 2, stdout: '', stderr: { error: /--reason/ } })
})

t.test('a database that can not be used is one line with a remedy, and no password', async (t) => {
  const empty = await createEmptyDatabase(t)
  const missing = new URL(empty.url)
  missing.pathname = '/live_sessions_that_is_not_there'
  const cases: ReadonlyArray<readonly [args: readonly string[], url: string, says: RegExp]> = [
    [['migrate'], NOWHERE, /^PostgreSQL at 127\.0\.0\.1:1\/none does not answer: .*ECONNREFUSED.* → start PostgreSQL, or correct host and port in --url or DATABASE_URL$/],
    [['list', '--user', 'x'], NOWHERE, /does not answer.* → start PostgreSQL, or correct host and port in --url or DATABASE_URL$/],
    [['cleanup'], NOWHERE, /does not answer/],
    [['revoke', '--all'], NOWHERE, /does not answer/],
    [['list', '--user', 'x'], missing.href, /has no database "live_sessions_that_is_not_there" → create it .*, or correct the name in --url or DATABASE_URL$/],
    [['migrate'], missing.href, /has no database "live_sessions_that_is_not_there" → create it/],
    [['migrate', '--schema', 'auht'], empty.url, /has no schema "auht" .* → create it \(create schema "auht"\), or correct --schema$/],
    [['list', '--user', 'x'], empty.url, /tables are not there.* → run: npx fastify-live-sessions migrate/],
    [['revoke', '--all'], empty.url, /tables are not there/],
    [['cleanup'], empty.url, /tables are not there/]
  ]
  await eachOf(cases, async ([args, url, says]) => {
    const { code, stderr } = await runCommand(args, { DATABASE_URL: url })
    t.equal(code, 1, args.join(' '))
    t.match(stderr.trimEnd(), says)
    t.equal(stderr.trimEnd().split('\n').length, 1, 'one line')
    t.notMatch(stderr, 'hunter2')
  })
  t.same(await empty.query("select datname from pg_database where datname = 'live_sessions_that_is_not_there'"), [], 'and a slip in the URL makes no database')
  const json = await runCommand(['list', '--user', 'x', '--json'], { DATABASE_URL: NOWHERE }, { asBuilt: true })
  t.match({ ...json, stderr: JSON.parse(json.stderr) }, { code: 1, stdout: '', stderr: { error: /does not answer/, remedy: /--url/ } })
})

t.test('--url goes before DATABASE_URL', async (t) => {
  const database = await createDatabase(t)
  t.match(await runCommand(['list', '--user', 'x', '--url', database.url], { DATABASE_URL: NOWHERE }), { code: 0, stdout: /x has no sessions/ })
})
