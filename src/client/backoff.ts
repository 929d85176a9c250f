/**
 * How long to wait before the next try: full jitter, so that many clients that fell off together do not come back
 * together.
 */
import type { CLOSE_CODES } from '../protocol.ts'

// by their types: the object with all codes need not be loaded
const RESTART: typeof CLOSE_CODES.restart = 1012
const TRY_AGAIN_LATER: typeof CLOSE_CODES.tryAgainLater = 1013

const BASE_MS = 1000
const CAP_MS = 30_000
/** A restart drops all sockets of a node in one moment: they come back over this long. */
const SPREAD_MS = 5000
/** A node that says it is busy is left alone for this long at least. */
const BUSY_MS = 1000

/** A wait of `atLeastMs` that nothing shortens, plus a random part of a window of `spreadMs` or more. */
export interface Pause {
  /** @default 0 */
  atLeastMs?: number
  /** @default 0 */
  spreadMs?: number
  /** In place of the failures so far. */
  failures?: number
}

/** The pause that a close code itself asks for; null where it says nothing, and the session has to be confirmed. */
export function pauseAfterClose (code: number | null): Pause | null {
  if (code === RESTART) return { spreadMs: SPREAD_MS }
  if (code === TRY_AGAIN_LATER) return { atLeastMs: BUSY_MS, spreadMs: SPREAD_MS }
  return null
}

/** Milliseconds until the next try, after `failed` (0, 1, …) earlier ones in a row. */
export function backoffMs (
  failed: number,
  { atLeastMs = 0, spreadMs = 0, failures = failed }: Pause,
  random: () => number
): number {
  return atLeastMs + random() * Math.max(spreadMs, Math.min(CAP_MS, BASE_MS * 2 ** failures))
}
