/**
 * The examples of docs/guides as files that a test runs: how to use it is told here.
 *
 * In docs/guides/NAME.md each code block in TypeScript or JavaScript has a comment before it, `<!-- example: EXAMPLE -->` (then it is the file
 * EXAMPLE with the fence's ending) or `<!-- example: EXAMPLE file.ts -->`. The blocks of one EXAMPLE are the files of one folder.
 * test/guides/examples.test.ts type-checks every one, as an app would, and demands a test that runs it:
 *
 *     const folder = writeExample(t, 'testing', 'routes')                    // test/guides/testing.test.ts
 *     const { buildApp } = await import(join(folder, 'app.js'))              // TypeScript is written as JavaScript
 *     const app = await startExample(t, folder, 'app.js', { DATABASE_URL })  // or a process of its own, on PORT
 *
 * The package is what `npm run build` has made, found by its own name.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { transformSync, type Loader } from 'esbuild'
import type { Test } from 'tap'
import { findFreePort } from '../helpers/private-server.ts'

export const GUIDES = join(import.meta.dirname, '../../docs/guides')
export const CODE = /^(?:js|jsx|ts|tsx|cjs|mjs)$/
const START_WITHIN_MS = 60_000

export interface ExampleFile {
  /** The document's name without `.md`. */
  guide: string
  example: string
  /** Its path in the example's folder. */
  path: string
  text: string
}

/** Every marked block of every guide, in the order of the documents. */
export function readExamples (): ExampleFile[] {
  return readdirSync(GUIDES).filter((name) => name.endsWith('.md')).sort().flatMap((name) => {
    const blocks = readFileSync(join(GUIDES, name), 'utf8').matchAll(/^<!-- example: (\S+)(?: (\S+))? -->\n```(\w+)\n([\s\S]*?)\n```$/gm)
    return [...blocks].map(([, example = '', path, language = '', text = '']) =>
      ({ guide: name.slice(0, -'.md'.length), example, path: path ?? `${example}.${language}`, text: `${text}\n` }))
  })
}

/** As plain JavaScript for Node.js, with React's JSX; fails where the grammar does. An import of another file of the example is one of its JavaScript. */
export function toJavaScript ({ path, text }: ExampleFile): string {
  const { code } = transformSync(text, { loader: path.replace(/^.*\.[cm]?/, '') as Loader, sourcefile: path, target: 'es2023', jsx: 'automatic' })
  return code.replace(/( from "\.{1,2}\/[^"]+)\.tsx?"/g, '$1.js"')
}

/** Writes the example's files into a folder of the test's, inside this package, so that imports find it and its dependencies; the folder. */
export function writeExample (t: Test, guide: string, example: string): string {
  const files = readExamples().filter((file) => file.guide === guide && file.example === example)
  if (files.length === 0) throw new Error(`docs/guides/${guide}.md has no example ${example}`)
  const folder = t.testdir({})
  for (const file of files) {
    const script = /\.[cm]?tsx?$/.test(file.path)
    const target = join(folder, script ? file.path.replace(/ts(x?)$/, 'js') : file.path)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, script ? toJavaScript(file) : file.text)
  }
  return folder
}

/** Runs a file that listens on `PORT` until the end of the test; its address. */
export async function startExample (t: Test, folder: string, file: string, environment: Record<string, string> = {}): Promise<string> {
  const port = await findFreePort()
  const app = spawn(process.execPath, [file], { cwd: folder, env: { ...process.env, ...environment, PORT: String(port) }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [app.stdout, app.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output += text })
  const ended = new Promise<void>((resolve) => { app.once('exit', () => { resolve() }) })
  t.teardown(async () => {
    app.kill('SIGKILL')
    await ended
  })
  const address = `http://127.0.0.1:${port}`
  const deadline = performance.now() + START_WITHIN_MS
  while (!await fetch(address).then(() => true, () => false)) {
    if (app.exitCode !== null || performance.now() > deadline) throw new Error(`${file} did not start:\n${output}`)
    await delay(50)
  }
  return address
}
