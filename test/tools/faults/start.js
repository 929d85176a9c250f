/** `npm run test:faults`: bundles the sources as they are now into a folder of its own, and runs the driver from there. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { asOneScript } from '../../checks/bundle.js'
import { ownPlace } from '../../checks/compile.js'

const root = join(import.meta.dirname, '../../..')
const folder = mkdtempSync(join(tmpdir(), 'live-sessions-faults-'))
process.on('exit', () => { rmSync(folder, { recursive: true, force: true }) })

symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
await Promise.all([
  build({
    entryPoints: [join(import.meta.dirname, 'main.ts')],
    outfile: join(folder, 'main.mjs'),
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning'
  }),
  // Many are started: with their packages in one file, which V8 compiles once, that takes a third of the work.
  build({
    entryPoints: [join(import.meta.dirname, 'node.ts')],
    outfile: join(folder, 'node.cjs'),
    ...asOneScript,
    plugins: [ownPlace]
  })
])

const driver = spawn(process.execPath, [join(folder, 'main.mjs'), ...process.argv.slice(2)], { stdio: 'inherit', cwd: root })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => { driver.kill(signal) })
driver.on('exit', (code, signal) => { process.exitCode = signal === null ? code ?? 1 : 1 })
