/**
 * Who was active when: gathered in memory, written in batches. A crash loses one interval at most; closing loses none.
 */
import { normalizeAddress } from '../address.ts'
import type { Clock, Timer } from '../clock.ts'
import type { Touch } from './store/activity.ts'

/** What is gathered about a session; part of its record, so that marking it costs no look-up. */
export interface Active {
  readonly id: string
  /** The last request, on the monotonic clock, in ms. */
  activeAt: number
  /** The address it came from, as it was written: it is normalised when it is written down, not at each request. */
  activeIp: string | null
  /** Waits for the next batch. */
  unwritten: boolean
}

export interface ActivityOptions {
  /**
   * Writes one batch in one statement; gives the ids of those that could not be written now, because somebody else was
   * at their rows.
   */
  write: (batch: readonly Touch[]) => Promise<readonly string[]>
  intervalMs: number
  clock: Clock
  onError: (error: unknown) => void
}

/** Sessions written in one statement. */
const BATCH = 10_000
/** On close, what was skipped is written as soon as its row is free. */
const LAST_TRIES = 10
const LAST_TRY_EVERY_MS = 50

export type Activity = ReturnType<typeof createActivity>

export function createActivity ({ write, intervalMs, clock, onError }: ActivityOptions) {
  let unwritten: Active[] = []
  let running: Promise<void> = Promise.resolve()
  let timer: Timer | null = null
  let closed = false

  async function flush (): Promise<void> {
    const sessions = newestOfEach(unwritten)
    unwritten = []
    const now = clock.monotonic()
    const touches = sessions.map((session) => {
      session.unwritten = false
      return {
        session,
        touch: { id: session.id, agoMs: now - session.activeAt, ip: normalizeAddress(session.activeIp) }
      }
    })
    for (let begin = 0; begin < touches.length; begin += BATCH) {
      const late = clock.monotonic() - now
      try {
        const batch = touches.slice(begin, begin + BATCH)
        const skipped = new Set(await write(batch.map(({ touch }) => ({ ...touch, agoMs: touch.agoMs + late }))))
        for (const { session } of batch) if (skipped.has(session.id)) remember(session)
      } catch (error) {
        for (const { session } of touches.slice(begin)) remember(session)
        onError(error)
        return
      }
    }
  }

  function remember (session: Active): void {
    if (session.unwritten) return
    session.unwritten = true
    unwritten.push(session)
  }

  function flushOnce (): Promise<void> {
    running = running.then(flush)
    return running
  }

  function schedule (): void {
    if (closed) return
    timer = clock.setTimer(() => { flushOnce().then(schedule, schedule) }, intervalMs)
  }
  schedule()

  return {
    /**
     * Notes that this session was active: at this reading of the monotonic clock, or now. On the path of every request.
     */
    mark (session: Active, ip: string | null, at = clock.monotonic()): void {
      session.activeAt = at
      session.activeIp = ip
      remember(session)
    },

    /** Writes what has been gathered, now. */
    flush: flushOnce,

    async close (): Promise<void> {
      closed = true
      timer?.cancel()
      await flushOnce()
      for (let tries = 0; tries < LAST_TRIES && unwritten.length > 0; tries++) {
        await new Promise<void>((resolve) => { clock.setTimer(resolve, LAST_TRY_EVERY_MS) })
        await flushOnce()
      }
    }
  }
}

/**
 * A session may have several records: one that left the cache, those of its sockets. The latest activity counts, with
 * the latest known address.
 */
function newestOfEach (sessions: readonly Active[]): Active[] {
  const newest = new Map<string, Active>()
  for (const session of [...sessions].sort((a, b) => a.activeAt - b.activeAt)) {
    const earlier = newest.get(session.id)
    session.unwritten = false
    session.activeIp ??= earlier?.activeIp ?? null
    newest.set(session.id, session)
  }
  return [...newest.values()]
}
