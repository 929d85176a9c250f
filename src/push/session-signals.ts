/** AbortSignals of sessions, for streams and long work of the app: aborted when the session ends. */
import type { Clock, Timer } from '../clock.ts'
import { sessionEnded, storeUnavailable } from '../errors.ts'
import { createBatcher } from '../async/batcher.ts'
import type { SessionEnd } from '../session/ended-session.ts'
import { createHeldSignals, type HeldSignal } from './held-signals.ts'
import type { SocketSession } from './session-socket.ts'

export interface SessionSignalsOptions {
  clock: Clock
  /** How these sessions have ended, by their rows; those that live are left out. */
  findEnds: (ids: readonly string[]) => Promise<ReadonlyMap<string, SessionEnd>>
  onError: (error: unknown) => void
}

/** One time that a session's signal is kept: it may be forgotten, and made again. */
interface Kept {
  readonly id: string
}

/** As much of an end as its signal says. */
type End = Pick<SessionEnd, 'id' | 'reason' | 'byDevice'>

interface Entry {
  kept: Kept
  held: HeldSignal
  expiry: Timer
}

export type SessionSignals = ReturnType<typeof createSessionSignals>

/** Sessions whose rows are asked for in one statement. */
const BATCH = 1_000
/**
 * The clock by which sessions end is the database's, which may be set: it is looked at again after this long at most.
 * In ms.
 */
const LOOK_AGAIN_MS = 60_000

export function createSessionSignals ({ clock, findEnds, onError }: SessionSignalsOptions) {
  const bySession = new Map<string, Entry>()
  const hold = createHeldSignals<Kept>((kept) => {
    if (bySession.get(kept.id)?.kept !== kept) return
    bySession.get(kept.id)?.expiry.cancel()
    bySession.delete(kept.id)
  })

  /** An error is made only for whoever gets it: many thousand sessions may end at once, and most have no signal. */
  function abort (id: string, errorOf: () => Error): void {
    const entry = bySession.get(id)
    if (entry === undefined) return
    bySession.delete(id)
    entry.expiry.cancel()
    entry.held.abort(errorOf())
  }

  function end ({ id, reason, byDevice }: End): void {
    abort(id, () => sessionEnded(reason, byDevice))
  }

  function expireLater (session: SocketSession): Timer {
    const left = session.expiresAt - clock.now()
    return clock.setTimer(() => {
      const entry = bySession.get(session.id)
      // Of one that waits for a confirmation the end may have moved: its row says.
      if (clock.now() >= session.expiresAt && session.confirmed === false) {
        void checks.add(session.id)
        if (entry !== undefined) entry.expiry = expireLater({ ...session, expiresAt: clock.now() + LOOK_AGAIN_MS })
      } else if (clock.now() >= session.expiresAt) end({ id: session.id, reason: 'expired' })
      else if (entry !== undefined) entry.expiry = expireLater(session)
    }, Math.min(Math.max(left, 0), LOOK_AGAIN_MS))
  }

  /** In doubt they are aborted, as sockets are closed: whoever streams may come again, and is asked then. */
  const checks = createBatcher(async (ids: readonly string[]): Promise<void[]> => {
    try {
      for (const found of (await findEnds([...new Set(ids)])).values()) end(found)
    } catch (cause) {
      onError(cause)
      for (const id of ids) abort(id, () => storeUnavailable(cause))
    }
    return []
  }, BATCH)

  return {
    /**
     * One signal a session, for as long as anybody holds, hears or follows it. Registered first, looked at after: an
     * end in between still aborts it.
     */
    of (session: SocketSession): AbortSignal {
      const known = bySession.get(session.id)
      if (known !== undefined) return known.held.signal
      const kept = { id: session.id }
      const entry: Entry = { kept, held: hold(kept), expiry: expireLater(session) }
      bySession.set(session.id, entry)
      void checks.add(session.id)
      return entry.held.signal
    },

    /** These sessions have ended. */
    end (ended: readonly End[]): void {
      for (const one of ended) end(one)
    },

    /** How many sessions have a signal here. */
    size: (): number => bySession.size,

    /** The database is not the one it was: whatever it has not told us shows in the rows. */
    async checkAll (): Promise<void> {
      await Promise.all([...bySession.keys()].map((id) => checks.add(id)))
    }
  }
}
