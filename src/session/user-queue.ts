/**
 * Work of one user waits for its turn here, in memory: none of it holds a connection of the pool, or the event loop,
 * while it waits.
 */
import type { Clock } from '../clock.ts'
import { StoreUnavailable } from '../errors.ts'

/** How much of one user may wait on one node. */
const MAX_WAITING = 1_000

export interface UserQueueOptions {
  clock: Pick<Clock, 'setTimer'>
  /** Whose turn has not come by then is told to come again, in ms. */
  maxWaitMs: number
}

/** One per node and kind of work: one user's run one after the other, those of several users side by side. */
export interface UserQueue {
  /**
   * Runs the work when all earlier work of this user is over. Rejects with SESSION_STORE_UNAVAILABLE when that takes
   * too long.
   */
  run: <T>(userId: string, work: () => Promise<T>) => Promise<T>
}

export function createUserQueue ({ clock, maxWaitMs }: UserQueueOptions): UserQueue {
  const tails = new Map<string, { tail: Promise<unknown>, length: number }>()

  /** Settles when the turn has come, or when it comes too late: then the work is not begun any more. */
  async function inTurn<T> (turn: Promise<unknown>, work: () => Promise<T>): Promise<T> {
    let late = false
    const tooLate = new Promise<never>((_resolve, reject) => {
      const timer = clock.setTimer(() => {
        late = true
        reject(new StoreUnavailable())
      }, maxWaitMs)
      void turn.then(() => { timer.cancel() })
    })
    return await Promise.race([tooLate, turn.then(async () => {
      if (late) throw new StoreUnavailable()
      return await work()
    })])
  }

  return {
    async run (userId, work) {
      const queue = tails.get(userId) ?? { tail: Promise.resolve(), length: 0 }
      if (queue.length >= MAX_WAITING) throw new StoreUnavailable()
      queue.length++
      tails.set(userId, queue)
      const turn = queue.tail
      const done = inTurn(turn, work)
      // The next one's turn comes after the last one's, and after its work: one that gave up while it waited lets
      // nobody pass.
      queue.tail = Promise.allSettled([turn, done])
      try {
        return await done
      } finally {
        if (--queue.length === 0) tails.delete(userId)
      }
    }
  }
}
