/**
 * The end of a session whose token nobody was given. Where its commit may still be on its way, it is looked for more
 * than once.
 */
import type { Clock } from '../clock.ts'
import type { Ending } from './ending.ts'

export interface UndoOptions {
  ending: Pick<Ending, 'end'>
  clock: Pick<Clock, 'setTimer'>
  onError: (error: unknown) => void
}

/** `committed`: it is there for certain. */
export type Undo = (id: string, options?: { committed?: boolean }) => void

/** When it is looked for, in ms: at once, and when a statement that hung may have come through. */
const AFTER_MS = [0, 15_000, 60_000, 300_000]

export function createUndo ({ ending, clock, onError }: UndoOptions): Undo {
  function look (id: string, committed: boolean, [first, ...later]: readonly number[]): void {
    if (first === undefined) return
    const again = (): void => { look(id, committed, later) }
    clock.setTimer(() => {
      ending.end({ ids: [id] }, { reason: 'policy', by: 'system', ip: null }).then(({ count }) => {
        if (count === 0 && !committed) again()
      }, (error: unknown) => {
        onError(error)
        again()
      })
    }, first)
  }

  return (id, { committed = false } = {}) => { look(id, committed, AFTER_MS) }
}
