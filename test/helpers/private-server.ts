/** A server program of our own: in a temporary folder, on a free port, gone when its owner is gone, whatever ends the owner. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { accessSync, chownSync, constants, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { tmpdir } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'

/** What tests do to a server. Every promise settles when it has happened. */
export interface PrivateServer {
  url: string
  port: number
  /** Starts it again after `stop` or `kill`: same port, same data. */
  start: () => Promise<void>
  /** Orderly. */
  stop: () => Promise<void>
  /** As a power failure would. */
  kill: () => Promise<void>
  /** The process stands still: connections stay open, nothing answers. */
  pause: () => void
  resume: () => void
  /** Ends it for good and deletes its data. */
  remove: () => Promise<void>
}

export interface ServerProgram {
  name: string
  command: string
  /** Run once in the new folder, before the first start. */
  prepare?: (folder: string) => void
  arguments: (at: { folder: string, port: number }) => string[]
  url: (port: number) => string
  /** Whether it answers now; never rejects. */
  answers: (url: string) => Promise<boolean>
  stopSignal: NodeJS.Signals
  /** Whose process it becomes; PostgreSQL refuses to run as root. */
  user?: { uid: number, gid: number } | undefined
}

const READY_WITHIN_MS = 120_000
const ASK_EVERY_MS = 50
/** Another process may take the free port before the server does. */
const PORTS_TRIED = 3

/** Starts the program. It and its folder vanish within a second of the end of the process `owner`. */
export async function startPrivateServer (program: ServerProgram, owner = process.pid): Promise<PrivateServer> {
  for (let attempt = 1; ; attempt++) {
    const server = await createPrivateServer(program, owner)
    try {
      await server.start()
      return server
    } catch (error) {
      await server.remove()
      if (attempt === PORTS_TRIED) throw error
    }
  }
}

async function createPrivateServer (program: ServerProgram, owner: number): Promise<PrivateServer> {
  const folder = mkdtempSync(join(tmpdir(), `live-sessions-${program.name}-`))
  if (program.user !== undefined) chownSync(folder, program.user.uid, program.user.gid)
  program.prepare?.(folder)
  const port = await findFreePort()
  const url = program.url(port)
  const log = join(folder, 'log')
  let running: { child: ChildProcess, ended: Promise<void> } | undefined
  endWith(owner, folder, program.stopSignal)

  async function start (): Promise<void> {
    const output = openSync(log, 'a')
    const child = spawn(program.command, program.arguments({ folder, port }), {
      ...program.user,
      cwd: folder,
      detached: true,
      stdio: ['ignore', output, output]
    })
    const ended = new Promise<void>((resolve) => {
      child.once('error', () => { resolve() })
      child.once('exit', () => { resolve() })
    })
    child.unref()
    running = { child, ended }
    if (child.pid !== undefined) writeFileSync(join(folder, 'pid'), String(child.pid))
    const deadline = performance.now() + READY_WITHIN_MS
    while (!await program.answers(url)) {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null || performance.now() > deadline) {
        throw new Error(`${program.name} did not start on port ${port}:\n${readFileSync(log, 'utf8').slice(-2_000)}`)
      }
      await delay(ASK_EVERY_MS)
    }
  }

  async function end (signal: NodeJS.Signals): Promise<void> {
    if (running === undefined) return
    const { child, ended } = running
    running = undefined
    child.ref()
    const pids = signal === 'SIGKILL' ? listFamily(child.pid) : [child.pid]
    for (const pid of pids) send(pid, signal)
    // A paused process hears nothing but SIGKILL.
    for (const pid of listFamily(child.pid)) send(pid, 'SIGCONT')
    if (child.exitCode === null && child.signalCode === null) await ended
  }

  return {
    url,
    port,
    start,
    stop: async () => { await end(program.stopSignal) },
    kill: async () => { await end('SIGKILL') },
    pause: () => { for (const pid of listFamily(running?.child.pid)) send(pid, 'SIGSTOP') },
    resume: () => { for (const pid of listFamily(running?.child.pid)) send(pid, 'SIGCONT') },
    remove: async () => {
      await end('SIGKILL')
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    }
  }
}

/** A shell waits until the owner is gone, then ends what the folder's pid file names; it goes when the folder goes. */
function endWith (owner: number, folder: string, signal: NodeJS.Signals): void {
  const script = `while kill -0 "$1" 2>/dev/null && [ -d "$2" ]; do sleep 1; done
    [ -f "$2/pid" ] && kill -s "$3" "$(cat "$2/pid")" && kill -s CONT "$(cat "$2/pid")" && sleep 1
    rm -rf "$2"`
  spawn('sh', ['-c', script, 'sh', String(owner), folder, signal.slice('SIG'.length)], { detached: true, stdio: 'ignore' }).unref()
}

/** The process and all that descend from it, parents first. */
function listFamily (root: number | undefined): number[] {
  if (root === undefined) return []
  const pairs = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const family = [root]
  for (const member of family) {
    for (const [pid, parent] of pairs) if (parent === member && pid !== undefined) family.push(pid)
  }
  return family
}

function send (pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(pid, signal)
  } catch {
    // It has ended already.
  }
}

/** A port of 127.0.0.1 that was free just now. */
export async function findFreePort (): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** The program's path: on PATH, or in one of the folders. Null: not on this machine. */
export function findProgram (name: string, folders: readonly string[] = []): string | null {
  const places = [...folders, ...(process.env['PATH'] ?? '').split(delimiter)].map((folder) => join(folder, name))
  return places.find(isExecutable) ?? null
}

function isExecutable (path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return existsSync(path)
  } catch {
    return false
  }
}
