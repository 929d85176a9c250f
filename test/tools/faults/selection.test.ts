/** A short selection of the faults, with a shorter lease: no promise is broken, no node ends. All of them: npm run test:faults */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { makeFolder } from '../../helpers/demo-process.ts'
import { findProgram } from '../../helpers/private-server.ts'

const FAULTS = ['redis-killed', 'node-stopped-2t', 'postgres-killed', 'postgres-link-dead']
// About a minute on a quiet machine with 2 cores; only what hangs runs into it.
const WITHIN_MS = 800_000

interface Results {
  failed: string[]
  results: Array<{ name: string, violations: string[], crashes: number, admissions: number, revocations: number, healedMs: number }>
}

t.test('under real faults no ended session is admitted, nobody else is logged out, and the nodes live and heal', async (t) => {
  if (findProgram('redis-server') === null && findProgram('valkey-server') === null) {
    t.pass('servers of its own', { skip: 'no redis-server binary on this machine' })
    return
  }
  const file = join(makeFolder(t), 'results.json')
  const options = ['--fault', FAULTS.join(','), '--short', '--seconds', '2', '--requests', '200', '--revocations', '15', '--json', file]
  const driver = spawn(process.execPath, [join(import.meta.dirname, 'start.js'), ...options], { stdio: ['ignore', 'inherit', 'pipe'] })
  let said = ''
  driver.stderr.on('data', (chunk: Buffer) => { said += chunk.toString() })
  const limit = setTimeout(() => { driver.kill() }, WITHIN_MS)
  const [code] = await once(driver, 'exit') as [number | null]
  clearTimeout(limit)
  if (code !== 0) t.comment(said)
  t.equal(code, 0, 'the run ends by itself, and finds nothing')
  const { results, failed } = JSON.parse(readFileSync(file, 'utf8')) as Results
  t.same(failed, [])
  t.same(results.map(({ name }) => name), FAULTS)
  for (const { name, violations, crashes, admissions, revocations, healedMs } of results) {
    t.same(violations, [], `${name}: no violation`)
    t.equal(crashes, 0, `${name}: no crash`)
    t.ok(admissions > 100 && revocations > 5, `${name}: ${admissions} admissions and ${revocations} revocations were checked`)
    t.ok(healedMs !== null, `${name}: the nodes healed`)
  }
})
