/** AbortSignals of sessions, for streams and long work of the app: aborted when the session ends. */
import type { Clock, Timer } from '../clock.ts'
import { sessionEnded } from '../errors.ts'
import type { EndReason } from '../protocol.ts'
import type { SocketSession } from './session-socket.ts'

export interface SessionSignalsOptions {
  clock: Clock
  /** How the session ended; null while it lives. Rejects when PostgreSQL can't be asked. */
  endOf: (id: string) => Promise<EndReason | null>
  onError: (error: unknown) => void
}

interface Entry {
  controller: AbortController
  expiry: Timer
}

export type SessionSignals = ReturnType<typeof createSessionSignals>

/** Longest delay a timer of Node.js takes, in ms. */
const MAX_TIMER_MS = 2 ** 31 - 1

export function createSessionSignals ({ clock, endOf, onError }: SessionSignalsOptions) {
  const bySession = new Map<string, Entry>()

  function end (id: string, reason: EndReason): void {
    const entry = bySession.get(id)
    if (entry === undefined) return
    bySession.delete(id)
    entry.expiry.cancel()
    entry.controller.abort(sessionEnded(reason))
  }

  return {
    /** One signal a session. Registered first, looked at after: an end in between still aborts it. */
    of (session: SocketSession): AbortSignal {
      const known = bySession.get(session.id)
      if (known !== undefined) return known.controller.signal
      const left = Math.min(Math.max(session.expiresAt - clock.now(), 0), MAX_TIMER_MS)
      const entry = { controller: new AbortController(), expiry: clock.setTimer(() => { end(session.id, 'expired') }, left) }
      bySession.set(session.id, entry)
      endOf(session.id).then((reason) => { if (reason !== null) end(session.id, reason) }, onError)
      return entry.controller.signal
    },

    /** These sessions have ended. */
    end (ended: ReadonlyArray<{ id: string, reason: EndReason }>): void {
      for (const { id, reason } of ended) end(id, reason)
    }
  }
}
