/** The package as a stranger gets it: packed, installed into an empty folder, and used as the README says. Needs `npm run build`. */
import { execFile, spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { createEmptyDatabase } from './helpers/database.ts'
import { findFreePort } from './helpers/private-server.ts'
import { redisUrl } from './helpers/redis.ts'

const root = join(import.meta.dirname, '..')
const run = promisify(execFile)
const ACCOUNT = { email: 'ada@example.com', password: 'correct horse battery staple' }
const SECRET = 'only for this test, and longer than 32 bytes'
const START_WITHIN_MS = 120_000

/** What `npm test` itself is told must not tell the npm in here. */
function cleanEnvironment (extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name))), ...extra }
}

/** The code block after the README's comment `<!-- example: NAME -->`. */
function readExample (name: string): string {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const block = readme.split(`<!-- example: ${name} -->`)[1]?.match(/^\s*```\w*\n([\s\S]*?)\n```/)?.[1]
  if (block === undefined) throw new Error(`README.md has no example ${name}`)
  return `${block}\n`
}

/** Runs one of the README's apps until the end of the test; its address. */
async function startApp (t: Test, folder: string, file: string): Promise<string> {
  writeFileSync(join(folder, file), readExample(file))
  const database = await createEmptyDatabase(t)
  const port = await findFreePort()
  const env = cleanEnvironment({ PORT: String(port), DATABASE_URL: database.url, REDIS_URL: await redisUrl(), JWT_SECRET: SECRET })
  const app = spawn(process.execPath, [file], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [app.stdout, app.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output += text })
  const ended = new Promise<void>((resolve) => { app.once('exit', () => { resolve() }) })
  t.teardown(async () => {
    app.kill('SIGKILL')
    await ended
  })
  const address = `http://127.0.0.1:${port}`
  const deadline = performance.now() + START_WITHIN_MS
  while (!await fetch(`${address}/me`).then(() => true, () => false)) {
    if (app.exitCode !== null || performance.now() > deadline) throw new Error(`${file} did not start:\n${output}`)
    await delay(50)
  }
  return address
}

interface Answer { status: number, body: Record<string, unknown> & { token?: string, session?: { id: string } } }

async function ask (url: string, { token, ...init }: RequestInit & { token?: string } = {}): Promise<Answer> {
  const headers = { ...(init.body === undefined ? {} : { 'content-type': 'application/json' }), ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
  const response = await fetch(url, { ...init, headers })
  return { status: response.status, body: await response.json() as Answer['body'] }
}

/** Two devices log in, one ends the other, as the README tells it. */
async function liveThrough (t: Test, address: string): Promise<void> {
  const logIn = async (password: string): Promise<Answer> =>
    await ask(`${address}/api/auth/login`, { method: 'POST', body: JSON.stringify({ ...ACCOUNT, password }) })

  t.match(await ask(`${address}/me`), { status: 401, body: { code: 'SESSION_REQUIRED' } })
  t.match(await logIn('wrong'), { status: 401, body: { code: 'INVALID_CREDENTIALS' } })

  const { body: phone } = await logIn(ACCOUNT.password)
  const { body: laptop } = await logIn(ACCOUNT.password)
  const [phoneToken, laptopToken] = [phone.token ?? '', laptop.token ?? '']
  t.match(await ask(`${address}/me`, { token: phoneToken }), { status: 200, body: { id: phone.session?.id } })

  const list = await ask(`${address}/api/sessions`, { token: laptopToken })
  t.equal(list.status, 200)
  t.same((list.body as unknown as Array<{ id: string }>).map(({ id }) => id).sort(), [phone.session?.id, laptop.session?.id].sort())

  const report = await ask(`${address}/api/sessions/${phone.session?.id}`, { method: 'DELETE', token: laptopToken })
  t.match(report, { status: 200, body: { count: 1, revoked: [phone.session?.id], confirmed: true } })
  t.match(await ask(`${address}/me`, { token: phoneToken }), { status: 401, body: { code: 'SESSION_REVOKED', reason: 'revoked_by_user' } })
  t.match(await ask(`${address}/me`, { token: laptopToken }), { status: 200 })
}

t.test('the package', async (t) => {
  if (!existsSync(join(root, 'dist/plugins/entry.js'))) throw new Error('There is no dist; run: npm run build')
  const folder = t.testdir({ 'package.json': '{ "private": true, "type": "module" }' })

  // Not built here: other tests run from dist right now.
  const packed = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: root, env: cleanEnvironment() })
  const [tarball] = JSON.parse(packed.stdout) as [{ filename: string, files: Array<{ path: string }> }]
  const files = tarball.files.map(({ path }) => path)

  await t.test('holds the product and its documents, no demo, no test and no source', async (t) => {
    const expected = [
      'dist/plugins/entry.js', 'dist/plugins/entry.d.ts', 'dist/plugins/commonjs/index.cjs', 'dist/plugins/commonjs/index.d.cts', 'dist/src/client/index.js', 'dist/src/client/index.d.ts',
      'dist/src/protocol.js', 'dist/src/protocol.d.ts', 'dist/src/cli/main.js',
      'README.md', 'LICENSE', 'CHANGELOG.md', 'docs/PROTOCOL.md', 'package.json'
    ]
    for (const path of expected) t.ok(files.includes(path), path)
    t.same(files.filter((path) => /(^|\/)(demo|tests?)\//.test(path) || /\.(test|tst)\./.test(path)), [])
    t.same(files.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts')), [])
  })

  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', 'fastify', `./${tarball.filename}`], { cwd: folder, env: cleanEnvironment() })

  await t.test('works as the README\'s app says', async (t) => {
    const address = await startApp(t, folder, 'app.js')
    t.equal(await (await fetch(address)).text(), 'Hello stranger')
    await liveThrough(t, address)
  })

  await t.test('works for a CommonJS app', async (t) => {
    await liveThrough(t, await startApp(t, folder, 'app.cjs'))
  })

  await t.test('migrates from the command line', async (t) => {
    const database = await createEmptyDatabase(t)
    const command = join(folder, 'node_modules/.bin/fastify-live-sessions')
    await run(command, ['migrate'], { cwd: folder, env: cleanEnvironment({ DATABASE_URL: database.url }) })
    t.same(await database.query("select to_regclass('live_session') is not null as made"), [{ made: true }])
  })
})
