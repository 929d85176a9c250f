/**
 * Filters the frames of an app's own socket: under a lease they pass at once; without one, or unverified, each waits
 * for the row.
 */
import { CLOSE_CODES } from '../protocol.ts'

export interface FrameFilterOptions {
  /** The node would know of the end: it holds a lease, and the socket's row has been asked since it was registered. */
  trusted: () => boolean
  /** Reads the row. False when the session has ended, or may have: the socket has been told. */
  check: () => Promise<boolean>
  deliver: (values: unknown[]) => void
  close: (code: number, reason: string) => void
}

/** Frames that wait at most; a peer that sends more meanwhile is told to come again. */
const MAX_WAITING = 1_000

/** Gives the function that takes each frame; order is kept. */
export function createFrameFilter (
  { trusted, check, deliver, close }: FrameFilterOptions
): (values: unknown[]) => void {
  const waiting: unknown[][] = []
  let running = false

  /** One by one: a check counts for a frame only when it began after the frame was received. */
  async function drain (): Promise<void> {
    running = true
    try {
      for (let frame = waiting[0]; frame !== undefined; frame = waiting[0]) {
        if (!trusted() && !await check()) {
          waiting.length = 0
          break
        }
        waiting.shift()
        deliver(frame)
      }
    } finally {
      // A listener of the app's that throws is the app's affair; the frames after it still come.
      running = false
    }
  }

  return (values) => {
    if (!running && waiting.length === 0 && trusted()) {
      deliver(values)
    } else if (waiting.length >= MAX_WAITING) {
      close(CLOSE_CODES.tryAgainLater, 'sessions can not be checked right now')
    } else {
      waiting.push(values)
      if (!running) void drain()
    }
  }
}
