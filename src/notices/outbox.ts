/** The outbox: each node takes what is due and delivers it, or tries again later, until it is given up. */
import { settledWithin } from '../async/settled-within.ts'
import type { Clock, Timer } from '../clock.ts'
import type { NoticeRow, OutboxQueries } from './outbox-queries.ts'

export interface OutboxOptions {
  queries: Pick<OutboxQueries, 'claim' | 'retry' | 'finish' | 'forget'>
  /**
   * Sends one notice by all channels; `spared` when its user wants none. Rejects when it is to be tried again, with a
   * {@link PermanentFailure} when not.
   */
  deliver: (notice: NoticeRow) => Promise<'sent' | 'spared'>
  /** After so long a notice is given up, in ms. */
  giveUpMs: number
  /** Notices are kept for so long, in ms. */
  retentionMs: number
  clock: Clock
  /** Between 0 and 1: nodes that started together do not come together. */
  random: () => number
  onGivenUp: (notice: NoticeRow, error: unknown) => void
  /** It is tried again. */
  onRetry: (notice: NoticeRow, error: unknown) => void
  onError: (error: unknown) => void
}

/** Trying again helps nothing. */
export class PermanentFailure extends Error {
  override readonly name = 'PermanentFailure'
}

export interface Outbox {
  start: () => void
  /** Something is due. */
  wake: () => void
  close: () => Promise<void>
}

/** What other nodes left behind is found within this time, in ms. */
const LOOK_EVERY_MS = 5_000
const FIRST_LOOK_MS = 500
/** An attempt takes no longer. */
const ATTEMPT_MS = 45_000
/** A node that dies over one holds it for so long: longer than any attempt. */
const CLAIM_MS = 60_000
const AT_ONCE = 10
const FIRST_PAUSE_MS = 5_000
const LONGEST_PAUSE_MS = 3_600_000
/** Looks between two cleanings. */
const CLEAN_EVERY = 720
const CLEAN_AT_ONCE = 1_000
const GOODBYE_MS = 1_000

export function createOutbox (options: OutboxOptions): Outbox {
  const { queries, deliver, giveUpMs, retentionMs, clock, random, onGivenUp, onRetry, onError } = options
  let running: Promise<void> | null = null
  let again = false
  let closed = false
  let timer: Timer | null = null
  let looks = 0

  async function deliverOne (notice: NoticeRow): Promise<void> {
    try {
      await queries.finish(notice.id, await within(clock, ATTEMPT_MS, deliver(notice)), null)
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error)
      if (error instanceof PermanentFailure || notice.ageMs >= giveUpMs) {
        await queries.finish(notice.id, 'given_up', words)
        onGivenUp(notice, error)
        return
      }
      // The last attempt is when the time is over.
      const left = Math.max(giveUpMs - notice.ageMs, 1_000)
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** (notice.attempts - 1), LONGEST_PAUSE_MS, left)
      await queries.retry(notice.id, pause * (0.75 + random() / 2), words)
      onRetry(notice, error)
    }
  }

  async function work (): Promise<void> {
    for (;;) {
      again = false
      const due = await queries.claim(AT_ONCE, CLAIM_MS)
      await Promise.all(due.map((notice) => deliverOne(notice).catch(onError)))
      if (closed || (due.length < AT_ONCE && !again)) return
    }
  }

  function wake (): void {
    again = true
    if (closed) return
    running ??= work().catch(onError).finally(() => { running = null })
  }

  function look (): void {
    wake()
    if (looks++ % CLEAN_EVERY === 0) queries.forget(retentionMs, CLEAN_AT_ONCE).catch(onError)
    timer = clock.setTimer(look, LOOK_EVERY_MS * (0.75 + random() / 2))
  }

  return {
    // An app that is just starting may not know yet where it listens.
    start () { timer = clock.setTimer(look, FIRST_LOOK_MS * (0.5 + random())) },
    wake,
    /** Waits a moment for what is being sent; another node finds the rest. */
    async close () {
      closed = true
      timer?.cancel()
      await settledWithin(clock, GOODBYE_MS, running)
    }
  }
}

async function within<T> (clock: Pick<Clock, 'setTimer'>, ms: number, work: Promise<T>): Promise<T> {
  return await new Promise<T>((resolve, reject) => {
    const timer = clock.setTimer(() => { reject(new Error(`not done within ${ms / 1_000} s`)) }, ms)
    work.then(resolve, reject).finally(() => { timer.cancel() })
  })
}
