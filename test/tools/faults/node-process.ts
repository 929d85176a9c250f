/** One node's process: started, frozen, killed, started again; an end that nobody asked for is a crash. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { FromNode, NodeSettings, ToNode } from './node-messages.ts'

/** The driver runs in the repository's root, as a bundle in a folder of its own. */
const START = 'test/checks/bundle-start.js'
const PROGRAM = join(import.meta.dirname, 'node.cjs')
const READY_WITHIN_MS = 120_000
const KEPT_OUTPUT = 4_000

export class NodeProcess {
  readonly index: number
  readonly #settings: NodeSettings
  readonly #crashed: (why: string) => void
  #child: ChildProcess | null = null
  #expected = false
  #output = ''
  port = 0
  onMessage: (message: FromNode) => void = () => {}

  constructor (index: number, settings: NodeSettings, crashed: (why: string) => void) {
    this.index = index
    this.#settings = settings
    this.#crashed = crashed
  }

  get pid (): number {
    return this.#child?.pid ?? 0
  }

  /** The last lines it wrote. */
  get output (): string {
    return this.#output
  }

  async start (): Promise<void> {
    const child = fork(START, ['keep', PROGRAM], { env: { PATH: process.env['PATH'], NODE_SETTINGS: JSON.stringify(this.#settings) }, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    this.#child = child
    this.#expected = false
    child.stderr?.on('data', (chunk: Buffer) => { this.#output = (this.#output + chunk.toString()).slice(-KEPT_OUTPUT) })
    child.once('exit', (code, signal) => {
      if (!this.#expected) this.#crashed(`node ${this.index} ended with ${code ?? signal}: ${this.#output.slice(-1_000)}`)
    })
    const ready = new Promise<void>((resolve) => {
      child.on('message', (message: FromNode) => {
        if (message.kind === 'ready') {
          this.port = message.port
          resolve()
        } else {
          this.onMessage(message)
        }
      })
    })
    await Promise.race([ready, once(child, 'exit').then(() => { throw new Error(`node ${this.index} did not start: ${this.#output}`) }), delay(READY_WITHIN_MS, null, { ref: false })])
    if (this.port === 0) throw new Error(`node ${this.index} did not start in time: ${this.#output}`)
  }

  tell (message: ToNode): void {
    this.#child?.send(message)
  }

  /** Resolves when it stands still for certain. */
  async freeze (): Promise<void> {
    this.#child?.kill('SIGSTOP')
    while (!/\) T/.test(readFileSync(`/proc/${this.pid}/stat`, 'utf8'))) await delay(1)
  }

  thaw (): void {
    this.#child?.kill('SIGCONT')
  }

  async kill (): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Asks it to end; the exit code, and how long it took in ms. */
  async close (): Promise<{ code: number | null, ms: number }> {
    const began = performance.now()
    return { code: await this.#end('SIGTERM'), ms: performance.now() - began }
  }

  async #end (signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child
    if (child === null || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null
    this.#expected = true
    const exit = once(child, 'exit')
    child.kill(signal)
    if (signal === 'SIGKILL') child.kill('SIGCONT')
    const [code] = await exit
    return code as number | null
  }
}
