/** The two processes of a measurement, each on a core of its own: the server with one subject, and the load. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { join } from 'node:path'
import type { Load, LoadResult } from './load.ts'
import type { Ready } from './server.ts'
import type { Surroundings } from './subject.ts'
import type { SubjectName } from './subjects.ts'

const SERVER_CORE = 0
const LOAD_CORE = 1

/** Whether processes can be kept on cores of their own here. */
export const pinned = cpus().length > 1 && spawnSync('taskset', ['--version']).status === 0

export interface Server {
  ready: Ready
  /** The warm-up is over: a profile begins here. */
  warm: () => Promise<void>
  /** CPU time of the whole process so far, user and system, in µs. */
  cpu: () => Promise<number>
  stop: () => Promise<void>
}

export interface StartServerOptions {
  subject: SubjectName
  surroundings: Surroundings
  /** A folder for a CPU profile. */
  profiles: string | null
}

export async function startServer ({ subject, surroundings, profiles }: StartServerOptions): Promise<Server> {
  const profile = profiles === null ? [] : [join(profiles, `${subject}.cpuprofile`)]
  const child = start(SERVER_CORE, [join(import.meta.dirname, 'server.js'), subject, JSON.stringify(surroundings), ...profile])
  const ready = await answer<Ready>(child, subject)
  return {
    ready,
    warm: async () => { await answer<null>(child, subject, 'warm') },
    cpu: async () => {
      const { user, system } = await answer<NodeJS.CpuUsage>(child, subject, 'cpu')
      return user + system
    },
    stop: async () => {
      const ended = once(child, 'exit')
      child.send('stop')
      await ended
    }
  }
}

export interface LoadGenerator {
  /** Milliseconds that the requests took. */
  run: (load: Load) => Promise<number>
  stop: () => void
}

export function startLoadGenerator (): LoadGenerator {
  const child = start(LOAD_CORE, [join(import.meta.dirname, 'load.js')])
  return {
    run: async (load) => {
      const result = await answer<LoadResult>(child, 'the load generator', load)
      if ('error' in result) throw new Error(result.error)
      return result.ms
    },
    stop: () => { child.disconnect() }
  }
}

/**
 * Without V8's memory reducer: it works while a process is idle, which a subject is while the others are measured, and throws
 * away what the compiler had built on. A server under load never meets it.
 */
const NODE_OPTIONS = ['--no-memory-reducer']

function start (core: number, args: string[]): ChildProcess {
  const command = [...(pinned ? ['taskset', '-c', String(core)] : []), process.execPath, ...NODE_OPTIONS, ...args]
  return spawn(command[0] as string, command.slice(1), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env: { ...process.env, NODE_ENV: 'production' } })
}

/** The next message, after this question where there is one. */
async function answer<T> (child: ChildProcess, name: string, question?: unknown): Promise<T> {
  return await new Promise((resolve, reject) => {
    const ended = (code: number | null): void => { reject(new Error(`${name} ended with code ${code}`)) }
    child.once('exit', ended)
    child.once('message', (message) => {
      child.off('exit', ended)
      resolve(message as T)
    })
    if (question !== undefined) child.send(question as object)
  })
}
