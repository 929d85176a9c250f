/** A process that runs several test files: each is counted by itself, and none that has changed it is followed by another. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { startTestProcess, type TestProcess } from './test-process.js'

const TAP = pathToFileURL(join(import.meta.dirname, 'file-tests.js')).href
const PASSES = "t.test('passes', async (t) => { t.ok(true) })"
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^_?TAP/.test(name)))

/** The process, and a way to give it a file with this text. */
function start (t: Test, within = 60, timeout = 30): TestProcess {
  const cwd = mkdtempSync(join(tmpdir(), 'live-sessions-tests-'))
  mkdirSync(join(cwd, '.tap/build'), { recursive: true })
  t.teardown(() => { rmSync(cwd, { recursive: true, force: true }) })
  const { run, end } = startTestProcess({ within, env: { ...env, TAP_TIMEOUT: String(timeout) }, cwd })
  let files = 0
  return {
    run: async (text) => {
      const name = `${++files}.test`
      writeFileSync(join(cwd, '.tap/build', `${name}.js`), `import t from ${JSON.stringify(TAP)}\n${text}\n`)
      return await run(`${name}.ts`)
    },
    end
  }
}

t.test('files run one after the other, each with its own counts, and the process ends well', async (t) => {
  const { run, end } = start(t)
  t.match(await run(PASSES), { total: 1, passed: 1, failed: 0, again: true, code: 0 })
  const second = await run(`${PASSES}\nt.test('two', async (t) => { t.ok(true); t.ok(true) })\nconsole.error('said')`)
  t.match(second, { total: 3, passed: 3, failed: 0, again: true, stderr: /^said/ })
  t.match(second.stdout, /^# Subtest: 2\.test\.ts$/m)
  t.notMatch(second.stdout, '1.test.ts')
  t.match(await end(), { code: 0, stderr: '' })
})

t.test('what fails, at import as well, is the file\'s failure, and the last thing its process did', async (t) => {
  for (const text of ["t.test('fails', async (t) => { t.ok(false) })", "throw new Error('at import')"]) {
    const { run, end } = start(t)
    t.match(await run(text), { failed: 1, again: false, code: 0 }, text)
    t.match(await end(), { code: 1 })
  }
})

t.test('what nobody catches is the failure of the file that runs, at once, and of none before', async (t) => {
  const throws = "throw new Error('nobody caught it')"
  const hangs = 'await new Promise((resolve) => { setTimeout(resolve, 20_000).unref() })'
  for (const [title, text] of [
    ['a callback', `setTimeout(() => { ${throws} }, 50); ${hangs}`],
    ['a promise', `(async () => { ${throws} })(); ${hangs}`],
    ['no error', `Promise.reject(undefined); ${hangs}`],
    ['in a test', `t.test('inner', async () => { setTimeout(() => { ${throws} }, 50); ${hangs} })`]
  ] as const) {
    const { run, end } = start(t)
    t.match(await run(PASSES), { failed: 0, again: true })
    const began = performance.now()
    const { failed, again, stdout } = await run(`${PASSES}\n${text}`)
    t.same([failed > 0, again], [true, false], title)
    t.ok(performance.now() - began < 19_000, `${title}: at once`)
    t.match(stdout, title === 'no error' ? /not ok/ : /nobody caught it/)
    t.not((await end()).code, 0)
  }
})

t.test('what is thrown after a file has ended fails the process', async (t) => {
  const { run, end } = start(t)
  t.match(await run(`${PASSES}\nsetTimeout(() => { throw new Error('late') }, 4_000)`), { failed: 0, again: false })
  t.match(await end(), { code: 1 })
})

t.test('a process that ends before its tests do has counted nothing, and says how it ended', async (t) => {
  for (const [text, said] of [['process.exit(0)', 'ended with code'], ["process.kill(process.pid, 'SIGKILL'); await new Promise(() => {})", 'ended by SIGKILL']] as const) {
    const { total, stderr, again } = await start(t).run(`${PASSES}\n${text}`)
    t.same([total, again], [0, false], text)
    t.match(stderr, said)
  }
  t.match(await start(t, 2).run("t.test('hangs', async () => { setInterval(() => {}, 1_000); await new Promise(() => {}) })"), { total: 0, stderr: /SIGKILL \(its limit is 2 s\)/ })
})

t.test('a file that changes what the next would meet is the last of its process', async (t) => {
  for (const text of [
    'process.env.ADDED = 1', "process.on('warning', () => {})", 'Date.now = () => 0', 'setTimeout(() => {}, 3_000)'
  ]) {
    const { run, end } = start(t)
    t.match(await run(PASSES), { again: true })
    t.match(await run(`${PASSES}\n${text}`), { total: 1, failed: 0, again: false }, text)
    t.match(await end(), { code: 0 })
  }
})

t.test('each file has its time, however long its process has run', async (t) => {
  const { run, end } = start(t, 60, 5)
  const slow = "t.test('takes its time', async (t) => { await new Promise((resolve) => setTimeout(resolve, 2_000)); t.ok(true) })"
  for (let i = 0; i < 3; i++) t.match(await run(slow), { failed: 0, again: true }, `file ${i}`)
  const hung = await run("t.test('hangs', async () => { await new Promise((resolve) => setTimeout(resolve, 10_000)) })")
  t.match(hung, { failed: 1, again: false, stdout: /timeout!/ })
  t.match(await end(), { code: 1 })
})
