/** The command line as a process of its own, with nothing of our environment. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { findBundle, PROGRAMS } from '../checks/built-bundles.js'

const BUNDLE_START = join(import.meta.dirname, '../checks/bundle-start.js')
const bundle = findBundle('commandLine')

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/**
 * Runs a command to its end. Where there is a bundle of the command line, that is what is started, in half of the work;
 * `asBuilt` starts dist/ itself.
 */
export async function runCommand (
  args: readonly string[], env: Record<string, string> = {}, { asBuilt = false } = {}
): Promise<Ended> {
  // Help calls too little of it for what V8 makes of that to be kept.
  const how = args.includes('--help') ? 'run' : 'keep'
  const program = bundle === null || asBuilt ? [PROGRAMS.commandLine] : [BUNDLE_START, how, bundle]
  const child = spawn(process.execPath, [...program, ...args], { env: { PATH: process.env['PATH'] ?? '', ...env }, cwd: tmpdir(), stdio: ['ignore', 'pipe', 'pipe'] })
  return await endOf(child)
}

async function endOf (child: ChildProcess & { stdout: NodeJS.ReadableStream, stderr: NodeJS.ReadableStream }): Promise<Ended> {
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code: code as number | null, stdout, stderr }
}

/** The one line of JSON that a command left. */
export function parsed<Body = Record<string, unknown>> ({ stdout }: Ended): Body {
  return JSON.parse(stdout) as Body
}
