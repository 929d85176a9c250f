/** The guide on testing: its tests pass under node:test and tap, and end by themselves. */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { readExamples, writeExample } from './examples.ts'

const run = promisify(execFile)
/** As the guide says for many test files: PGlite is compiled once, not a second time for speed. */
const ONCE = '--liftoff-only'

/** Neither runner is to think that it runs inside of the other. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(TAP|_TAPJS|NODE_TEST|NODE_OPTIONS|NODE_V8)/.test(name)))

t.test('the tests of the guide pass, in at most 20 lines each', async (t) => {
  const folder = writeExample(t, 'testing', 'testing')
  const { stdout } = await run(process.execPath, [ONCE, '--test', '--test-reporter=tap', 'app.test.js', 'cookie.test.js'], { cwd: folder, env })
  t.match(stdout, /# pass 2\n# fail 0/)
  t.match((await run(process.execPath, [ONCE, 'app.tap.js'], { cwd: folder, env })).stdout, /^# \{ total: 3, pass: 3 \}|^1\.\.1$/m)
  for (const { path, text } of readExamples().filter(({ guide }) => guide === 'testing')) {
    if (path !== 'app.js') t.ok(text.trim().split('\n').length <= 20, path)
  }
})

t.test('without PGlite the error says how to install it', async (t) => {
  // Outside of this package's folder, so that of its dependencies only the one that it needs is found.
  const folder = mkdtempSync(join(tmpdir(), 'live-sessions-test-'))
  t.teardown(() => { rmSync(folder, { recursive: true }) })
  const root = join(import.meta.dirname, '../..')
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true })
  mkdirSync(join(folder, 'node_modules/@fastify'), { recursive: true })
  symlinkSync(join(root, 'node_modules/@fastify/error'), join(folder, 'node_modules/@fastify/error'), 'dir')
  const script = "import('./dist/src/testing/index.js').then(({ startTestDatabase }) => startTestDatabase()).catch((error) => console.log(error.message))"
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const { stdout } = await run(process.execPath, ['-e', script], { cwd: folder, env })
  t.match(stdout, /npm install --save-dev @electric-sql\/pglite@0\.5 @electric-sql\/pglite-socket@0\.2/)
})
