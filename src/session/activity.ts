/** Who was active when: gathered in memory, written in batches. A crash loses one interval at most; closing loses none. */
import type { Clock, Timer } from '../clock.ts'
import type { Touch } from './session-store.ts'

export interface ActivityOptions {
  /** Writes one batch in one statement. */
  write: (batch: readonly Touch[]) => Promise<void>
  intervalMs: number
  clock: Clock
  onError: (error: unknown) => void
}

interface Mark {
  /** Monotonic, in ms. */
  at: number
  ip: string | null
}

/** Sessions written in one statement. */
const BATCH = 10_000

export type Activity = ReturnType<typeof createActivity>

export function createActivity ({ write, intervalMs, clock, onError }: ActivityOptions) {
  let marks = new Map<string, Mark>()
  let running: Promise<void> = Promise.resolve()
  let timer: Timer | null = null

  async function flush (): Promise<void> {
    const batch = marks
    marks = new Map()
    const entries = [...batch]
    while (entries.length > 0) {
      const now = clock.monotonic()
      try {
        await write(entries.slice(0, BATCH).map(([id, mark]) => ({ id, agoMs: now - mark.at, ip: mark.ip })))
      } catch (error) {
        // Kept for the next interval, but for what was marked again meanwhile.
        for (const [id, mark] of entries) if (!marks.has(id)) marks.set(id, mark)
        onError(error)
        return
      }
      entries.splice(0, BATCH)
    }
  }

  function flushOnce (): Promise<void> {
    running = running.then(flush)
    return running
  }

  function schedule (): void {
    timer = clock.setTimer(() => { flushOnce().then(schedule, schedule) }, intervalMs)
  }
  schedule()

  return {
    /** Notes that this session was active just now. On the path of every request: two assignments. */
    mark (id: string, ip: string | null): void {
      const mark = marks.get(id)
      if (mark === undefined) {
        marks.set(id, { at: clock.monotonic(), ip })
      } else {
        mark.at = clock.monotonic()
        mark.ip = ip
      }
    },

    /** Writes what has been gathered, now. */
    flush: flushOnce,

    async close (): Promise<void> {
      timer?.cancel()
      await flushOnce()
      timer?.cancel()
    }
  }
}
