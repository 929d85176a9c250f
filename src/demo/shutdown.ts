/** How the process ends: what was opened is closed in reverse order, once, and within a time limit whatever hangs. */

/** The contract allows 5 s from the signal to the end. */
const HARD_LIMIT_MS = 4_500
/** From here on, connections that sit silent are cut. */
const PATIENCE_MS = 1_500

export interface Shutdown {
  /** Whether the end has begun. */
  readonly begun: boolean
  /** Closes something at the end; `force` is called when that takes too long. */
  onEnd: (close: () => unknown, force?: () => void) => void
  /** Ends the process; the first call decides the code. */
  end: (code: number) => void
}

export function createShutdown (exit: (code: number) => void): Shutdown {
  const closers: Array<() => unknown> = []
  const forcers: Array<() => void> = []
  let begun = false

  async function closeAll (): Promise<void> {
    for (const close of closers.reverse()) {
      try {
        await close()
      } catch (error) {
        process.stderr.write(`while shutting down: ${String(error)}\n`)
      }
    }
  }

  return {
    get begun () { return begun },
    onEnd (close, force) {
      closers.push(close)
      if (force !== undefined) forcers.push(force)
    },
    end (code) {
      if (begun) return
      begun = true
      setTimeout(() => { for (const force of forcers) force() }, PATIENCE_MS).unref()
      setTimeout(() => { exit(code) }, HARD_LIMIT_MS)
      closeAll().finally(() => { exit(code) })
    }
  }
}
