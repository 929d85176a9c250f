/** The folder of the embedded demo belongs to one process at a time, and outlives crashes. */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { openDataDir } from '../../src/demo/data-dir.ts'
import { makeFolder } from '../helpers/demo-process.ts'

async function idOfDeadProcess (): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await new Promise((resolve) => { child.once('exit', resolve) })
  return child.pid ?? 0
}

/** The id of a process that lives as long as the test. */
function idOfLivingProcess (t: Test): number {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] })
  t.teardown(() => child.kill())
  return child.pid ?? 0
}

test('the folder is made, with its parents, for this user alone, and left without a lock', async (t) => {
  const path = join(makeFolder(t), 'a', 'b')
  const folder = openDataDir(path)
  t.equal(folder.path, path)
  t.equal(statSync(path).mode & 0o777, 0o700)
  folder.release()
  t.same(readdirSync(path), [])
})

test('the secret is made once, is long, and only its owner reads it', async (t) => {
  const path = makeFolder(t)
  const first = openDataDir(path)
  const secret = first.secret()
  first.release()
  t.ok(Buffer.byteLength(secret) >= 32)
  t.equal(statSync(join(path, 'jwt-secret')).mode & 0o777, 0o600)
  t.equal(openDataDir(path).secret(), secret)
  writeFileSync(join(path, 'jwt-secret'), '')
  t.throws(() => openDataDir(path).secret(), /DATA_DIR holds a damaged secret/)
})

test('a lock that another process holds is respected, and stays', async (t) => {
  const path = makeFolder(t)
  const held = JSON.stringify({ pid: idOfLivingProcess(t), started: null })
  writeFileSync(join(path, 'lock'), held)
  t.throws(() => openDataDir(path), { variable: 'DATA_DIR', message: /is in use by another process/ })
  t.equal(readFileSync(join(path, 'lock'), 'utf8'), held)
  t.same(readdirSync(path), ['lock'], 'nothing else is left behind')
})

const STALE: Record<string, (t: Test) => Promise<string>> = {
  'whose process is gone': async () => JSON.stringify({ pid: await idOfDeadProcess(), started: null }),
  'whose process id was given to another process': async (t) => JSON.stringify({ pid: idOfLivingProcess(t), started: '1' }),
  'with our own process id, from before a restart of the container': async () => JSON.stringify({ pid: process.pid, started: '1' }),
  'that is empty or damaged': async () => ''
}

for (const [which, content] of Object.entries(STALE)) {
  test(`a lock ${which} is taken over`, { skip: which.includes('another') && !existsSync('/proc/self/stat') ? 'no /proc here' : false }, async (t) => {
    const path = makeFolder(t)
    writeFileSync(join(path, 'lock'), await content(t))
    const folder = openDataDir(path)
    t.equal((JSON.parse(readFileSync(join(path, 'lock'), 'utf8')) as { pid: number }).pid, process.pid)
    t.same(readdirSync(path), ['lock'])
    folder.release()
    t.same(readdirSync(path), [])
  })
}
