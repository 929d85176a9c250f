/** Measures the memory in a process of its own, whose collector can be told to run; and says what came out. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { MEGABYTES_AT_MOST, SESSIONS, type Memory } from './memory.ts'

export function measureMemoryApart (): Memory & { met: boolean } {
  const { stdout, status } = spawnSync(process.execPath, ['--expose-gc', join(import.meta.dirname, 'memory.js')], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  if (status !== 0) throw new Error(`memory.js ended with code ${status}`)
  const memory = JSON.parse(stdout) as Memory
  return { ...memory, met: memory.megabytesRead <= MEGABYTES_AT_MOST }
}

export function describeMemory ({ megabytes, megabytesRead, tokenBytes, met }: ReturnType<typeof measureMemoryApart>): string {
  return `${SESSIONS.toLocaleString('en')} sessions held in memory, HS256 tokens of ${tokenBytes} bytes: ${megabytes.toFixed(1)} MB; ${megabytesRead.toFixed(1)} MB when each was also read as \`request.session\` (target: at most ${MEGABYTES_AT_MOST} MB, ${met ? 'met' : 'not met'}).
Heap and external memory after a collection, more than before; real tokens through the real admission.`
}
