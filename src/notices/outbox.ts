/** The outbox: each node takes what is due and delivers it, or tries again later, until it is given up. */
import { inTime } from '../async/in-time.ts'
import { settledWithin } from '../async/settled-within.ts'
import type { Clock, Timer } from '../clock.ts'
import type { NoticeRow, OutboxQueries } from './outbox-queries.ts'

export interface OutboxOptions {
  queries: Pick<OutboxQueries, 'claim' | 'retry' | 'finish' | 'forget'>
  /**
   * Sends one notice by all channels, none of them once the attempt is over; `spared` when its user wants none. Rejects
   * when it is to be tried again, with a {@link PermanentFailure} when not.
   */
  deliver: (attempt: Attempt) => Promise<'sent' | 'spared'>
  /** After so long a notice is given up, in ms. */
  giveUpMs: number
  /** Notices are kept for so long, in ms; null: somebody else deletes them. */
  keptMs: number | null
  clock: Clock
  /** Between 0 and 1: nodes that started together do not come together. */
  random: () => number
  onGivenUp: (notice: NoticeRow, error: unknown) => void
  /** It is tried again. */
  onRetry: (notice: NoticeRow, error: unknown) => void
  onError: (error: unknown) => void
}

/** One try to send a notice. */
export interface Attempt {
  notice: NoticeRow
  /** Another node may have it by now: nothing more is to be sent. */
  isOver: () => boolean
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
/** An attempt sends nothing after so long, in ms. */
const ATTEMPT_MS = 45_000
/** A node that dies over one holds it for so long: longer than any attempt, by what a mail takes that has begun. */
const CLAIM_MS = 60_000
const AT_ONCE = 10
const FIRST_PAUSE_MS = 5_000
const LONGEST_PAUSE_MS = 3_600_000
/** Looks between two cleanings. */
const CLEAN_EVERY = 720
/** Rows that are deleted in one statement. */
const PAGE = 1_000
const GOODBYE_MS = 1_000

export function createOutbox (options: OutboxOptions): Outbox {
  const { queries, deliver, giveUpMs, keptMs, clock, random, onGivenUp, onRetry, onError } = options
  const underWay = new Set<Promise<void>>()
  let taking: Promise<void> | null = null
  let cleaning: Promise<void> | null = null
  /** More may be due than there was room for, or than there was when somebody looked. */
  let again = false
  let closed = false
  let timer: Timer | null = null
  let looks = 0

  async function attempt (notice: NoticeRow, isOver: Attempt['isOver']): Promise<void> {
    try {
      const outcome = await inTime(clock, ATTEMPT_MS, deliver({ notice, isOver }))
      await queries.finish(notice, outcome, null)
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error)
      if (error instanceof PermanentFailure || notice.ageMs >= giveUpMs) {
        if (await queries.finish(notice, 'given_up', words)) onGivenUp(notice, error)
        return
      }
      // The last attempt is when the time is over.
      const left = Math.max(giveUpMs - notice.ageMs, 1_000)
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** (notice.attempts - 1), LONGEST_PAUSE_MS, left)
      if (await queries.retry(notice, pause * (0.75 + random() / 2), words)) onRetry(notice, error)
    }
  }

  /** Each by itself: one that hangs holds up no other. */
  function begin (notice: NoticeRow, isOver: Attempt['isOver']): void {
    const work = attempt(notice, isOver).catch(onError).finally(() => {
      underWay.delete(work)
      if (again) wake()
    })
    underWay.add(work)
  }

  async function take (): Promise<void> {
    for (;;) {
      if (closed || !again || underWay.size === AT_ONCE) return
      again = false
      const room = AT_ONCE - underWay.size
      const until = clock.monotonic() + ATTEMPT_MS
      const due = await queries.claim(room, CLAIM_MS)
      if (due.length === room) again = true
      for (const notice of due) begin(notice, () => clock.monotonic() >= until)
    }
  }

  function wake (): void {
    again = true
    if (closed) return
    taking ??= take().catch(onError).finally(() => {
      taking = null
      // Somebody woke it, or made room, after its last look.
      if (again && underWay.size < AT_ONCE) wake()
    })
  }

  async function clean (olderThanMs: number): Promise<void> {
    for (;;) {
      const gone = await queries.forget(olderThanMs, PAGE)
      if (closed || gone < PAGE) return
    }
  }

  /** What a look under way claims is under way after it. */
  async function endWork (): Promise<void> {
    await taking
    await Promise.all([cleaning, ...underWay])
  }

  function look (): void {
    wake()
    if (keptMs !== null && looks++ % CLEAN_EVERY === 0) {
      cleaning ??= clean(keptMs).catch(onError).finally(() => { cleaning = null })
    }
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
      await settledWithin(clock, GOODBYE_MS, endWork())
    }
  }
}
