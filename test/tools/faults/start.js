/** `npm run test:faults`: bundles the sources as they are now into a folder of its own, and runs the driver from there. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '../../..')
const folder = mkdtempSync(join(tmpdir(), 'live-sessions-faults-'))
process.on('exit', () => { rmSync(folder, { recursive: true, force: true }) })

symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
await build({
  entryPoints: ['main', 'node'].map((name) => join(import.meta.dirname, `${name}.ts`)),
  outdir: folder,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'warning'
})

const driver = spawn(process.execPath, [join(folder, 'main.mjs'), ...process.argv.slice(2)], { stdio: 'inherit', cwd: root })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => { driver.kill(signal) })
driver.on('exit', (code, signal) => { process.exitCode = signal === null ? code ?? 1 : 1 })
