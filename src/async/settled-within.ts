/** Waiting for work, but not for ever: the end of a node must not hang on a server that does not answer. */
import type { Clock } from '../clock.ts'

/** Resolves when the work is over, well or not, or when so many ms have passed. */
export async function settledWithin (
  clock: Pick<Clock, 'setTimer'>,
  ms: number,
  work: Promise<unknown> | null | undefined
): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = clock.setTimer(resolve, ms)
    const over = (): void => {
      timer.cancel()
      resolve()
    }
    Promise.resolve(work).then(over, over)
  })
}
