/** The guide on bundling: its commands make an app that starts. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { SECRET } from '../helpers/app.ts'
import { createEmptyDatabase } from '../helpers/database.ts'
import { GUIDES, startExample, writeExample } from './examples.ts'

const run = promisify(execFile)
const COMMANDS = [...readFileSync(join(GUIDES, 'bundling.md'), 'utf8').matchAll(/^```sh\n(esbuild [\s\S]*?)\n```$/gm)].map(([, command = '']) => command)

t.equal(COMMANDS.length, 2)

for (const [index, command] of COMMANDS.entries()) {
  t.test(command.split('\n')[0] as string, async (t) => {
    const folder = writeExample(t, 'bundling', 'bundle')
    // The whole bundle runs where there is no package at all.
    const alone = mkdtempSync(join(tmpdir(), 'live-sessions-bundle-'))
    t.teardown(() => { rmSync(alone, { recursive: true }) })
    const outfile = index === 0 ? join(folder, 'bundle.mjs') : join(alone, 'bundle.mjs')
    const bin = join(import.meta.dirname, '../../node_modules/.bin')
    await run('sh', ['-c', command.replace('dist/app.js', outfile)], { cwd: folder, env: { ...process.env, PATH: `${bin}:${process.env['PATH']}` } })
    const { url } = await createEmptyDatabase(t)
    const address = await startExample(t, index === 0 ? folder : alone, 'bundle.mjs', { DATABASE_URL: url, JWT_SECRET: SECRET })
    t.equal((await fetch(`${address}/me`)).status, 401)
    t.equal((await fetch(`${address}/api/sessions`)).status, 401)
  })
}
