/** Waiting for an answer, but not for ever: whoever gives none has failed. */
import type { Clock } from '../clock.ts'

/** Rejects when so many ms have passed. What comes later is nobody's. */
export async function inTime<Answer> (
  clock: Pick<Clock, 'setTimer'>,
  ms: number,
  answer: Answer | PromiseLike<Answer>
): Promise<Answer> {
  return await new Promise<Answer>((resolve, reject) => {
    const timer = clock.setTimer(() => { reject(new Error(`no answer within ${ms / 1_000} s`)) }, ms)
    Promise.resolve(answer).then(resolve, reject).finally(() => { timer.cancel() })
  })
}
