/** Nodes of the demo as real processes: on a free port, with nothing of our own environment, ended with the test. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { findBundle, PROGRAMS } from '../checks/built-bundles.js'

const BUNDLE_START = join(import.meta.dirname, '../checks/bundle-start.js')
const bundle = findBundle('demo')

export interface DemoNode {
  address: string
  /** The ready line, parsed. */
  ready: Record<string, unknown>
  process: ChildProcess
  /** Sends the signal; the exit code and how long it took. */
  end: (signal: NodeJS.Signals) => Promise<{ code: number | null, ms: number }>
}

/** A folder that is gone after the test. */
export function makeFolder (t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'live-sessions-test-'))
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
  return folder
}

/** Runs the demo to its end: for starts that fail. */
export async function runDemo (
  t: Test, env: Record<string, string>, { asBuilt = false } = {}
): Promise<{ code: number | null, stdout: string, stderr: string }> {
  const child = launch(t, env, program(asBuilt, 'run'))
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code: code as number | null, stdout, stderr }
}

/**
 * Starts the demo and waits for its ready line. Where there is a bundle of it, that is what is started, in a quarter of
 * the work; `asBuilt` starts dist/ itself.
 */
export async function startDemo (t: Test, env: Record<string, string>, { asBuilt = false } = {}): Promise<DemoNode> {
  const child = launch(t, env, program(asBuilt, 'keep'))
  const stderr = text(child.stderr)
  for await (const line of createInterface({ input: child.stdout })) {
    const message = parse(line)
    if (message?.['msg'] !== 'ready') continue
    child.stdout.resume()
    return {
      process: child,
      ready: message,
      address: String(message['address']),
      async end (signal) {
        const began = performance.now()
        const exit = once(child, 'exit')
        child.kill(signal)
        const [code] = await exit
        return { code: code as number | null, ms: performance.now() - began }
      }
    }
  }
  throw new Error(`The demo did not start: ${await stderr}`)
}

/** `keep`: what V8 makes of the bundle is kept for later nodes. */
function program (asBuilt: boolean, how: 'keep' | 'run'): string[] {
  return bundle === null || asBuilt ? [PROGRAMS.demo] : [BUNDLE_START, how, bundle]
}

function launch (t: Test, env: Record<string, string>, program: string[]) {
  // PGlite is compiled once, not a second time for speed
  const child = spawn(process.execPath, ['--liftoff-only', ...program], {
    env: { PATH: process.env['PATH'] ?? '', TMPDIR: tmpdir(), PORT: '0', LOG_LEVEL: 'warn', ...env },
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const gone = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await gone
  })
  return child
}

function parse (line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return undefined
  }
}
