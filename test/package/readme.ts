/** The README's two apps and the command line, run from a folder where the package is installed, on a real PostgreSQL and Redis. `node readme.js FOLDER NODE…` */
import { execFile, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { createEmptyDatabase, type TestDatabase } from '../helpers/database.ts'
import { ask, logIn, type Device } from '../helpers/device.ts'
import { findFreePort } from '../helpers/private-server.ts'
import { startServices } from '../helpers/services.ts'

const [folder = '', ...node] = process.argv.slice(2)
const SECRET = 'only for this test, and longer than 32 bytes'
const EMAIL = 'ada@example.com'
const START_WITHIN_MS = 120_000
const { redis } = await startServices(process.pid)

/** What `npm test` itself is told must not tell the npm in here. */
function environment (extra: Record<string, string>): NodeJS.ProcessEnv {
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name))), ...extra }
}

/** The helpers are made for tap, of which they need the teardown. */
async function database (t: TestContext): Promise<TestDatabase> {
  return await createEmptyDatabase({ teardown (end: () => void) { t.after(end) } } as unknown as Test)
}

/** The code block after a document's comment `<!-- example: NAME -->`. */
function readExample (name: string): string {
  const document = name === 'app.cjs' ? 'docs/API.md' : 'README.md'
  const block = readFileSync(join(import.meta.dirname, '../..', document), 'utf8').split(`<!-- example: ${name} -->`)[1]?.match(/^\s*```\w*\n([\s\S]*?)\n```/)?.[1]
  if (block === undefined) throw new Error(`${document} has no example ${name}`)
  return `${block}\n`
}

interface RunningApp {
  address: string
  /** Ends it as a deployment does, and sees that it has said goodbye. */
  end: () => Promise<void>
}

/** Runs one of the README's apps, until the end of the test at most. */
async function startApp (t: TestContext, file: string): Promise<RunningApp> {
  writeFileSync(join(folder, file), readExample(file))
  const port = await findFreePort()
  const { url, query } = await database(t)
  const env = environment({ PORT: String(port), DATABASE_URL: url, REDIS_URL: redis.url, JWT_SECRET: SECRET })
  const [command = '', ...args] = node
  const app = spawn(command, [...args, file], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  let output = ''
  for (const stream of [app.stdout, app.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output += text })
  const ended = new Promise<void>((resolve) => { app.once('exit', () => { resolve() }) })
  t.after(async () => {
    // With what npx started.
    if (app.exitCode === null && app.signalCode === null) process.kill(-(app.pid as number), 'SIGKILL')
    await ended
  })
  const address = `http://127.0.0.1:${port}`
  const deadline = performance.now() + START_WITHIN_MS
  while (!await fetch(`${address}/me`).then(() => true, () => false)) {
    if (app.exitCode !== null || performance.now() > deadline) throw new Error(`${file} did not start:\n${output}`)
    await delay(50)
  }
  async function end (): Promise<void> {
    // npx would stand between us and the app.
    if (args.length > 0) return
    app.kill('SIGTERM')
    await ended
    assert.deepEqual([app.exitCode, app.signalCode], [0, null])
    assert.deepEqual(await query('select incarnation from live_session_node'), [])
  }
  return { address, end }
}

/** Two devices log in, one ends the other, as the README tells it. */
async function liveThrough (address: string): Promise<void> {
  const stranger = await ask(address, 'GET', '/me')
  assert.deepEqual([stranger.status, stranger.body['code']], [401, 'SESSION_REQUIRED'])
  const wrong = await ask(address, 'POST', '/api/auth/login', { body: { email: EMAIL, password: 'wrong' } })
  assert.deepEqual([wrong.status, wrong.body['code']], [401, 'INVALID_CREDENTIALS'])

  const [phone, laptop] = [await logIn(address, EMAIL), await logIn(address, EMAIL)] as [Device, Device]
  assert.equal((await phone.ask('GET', '/me')).body['id'], phone.id)
  const list = await laptop.ask<Array<{ id: string }>>('GET', '/api/sessions')
  assert.deepEqual(list.body.map(({ id }) => id).sort(), [phone.id, laptop.id].sort())
  const { status, body } = await laptop.ask('DELETE', `/api/sessions/${phone.id}`)
  assert.deepEqual([status, body['count'], body['revoked'], body['confirmed']], [200, 1, [phone.id], true])
  const ended = await phone.ask('GET', '/me')
  assert.deepEqual([ended.status, ended.body['code'], ended.body['reason']], [401, 'SESSION_REVOKED', 'revoked_by_user'])
  assert.equal((await laptop.ask('GET', '/me')).status, 200)
}

test('the README\'s app works as it says', async (t) => {
  const { address, end } = await startApp(t, 'app.js')
  assert.equal(await (await fetch(address)).text(), 'Hello stranger')
  await liveThrough(address)
  await end()
})

test('so does its CommonJS app', async (t) => {
  const { address, end } = await startApp(t, 'app.cjs')
  await liveThrough(address)
  await end()
})

test('the command line migrates', async (t) => {
  const { url, query } = await database(t)
  await promisify(execFile)(join(folder, 'node_modules/.bin/fastify-live-sessions'), ['migrate'], { cwd: folder, env: environment({ DATABASE_URL: url }) })
  assert.deepEqual(await query("select to_regclass('live_session') is not null as made"), [{ made: true }])
})
