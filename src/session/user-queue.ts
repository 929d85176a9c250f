/** Logins of one user wait for each other here, in memory: none of them holds a connection of the pool while it waits. */
import { StoreUnavailable } from '../errors.ts'

/** How many logins of one user may wait on one node. */
const MAX_WAITING = 1_000

export interface UserQueue {
  /** Runs the work when all earlier work of this user is over. */
  run: <T>(userId: string, work: () => Promise<T>) => Promise<T>
}

export function createUserQueue (): UserQueue {
  const tails = new Map<string, { tail: Promise<unknown>, length: number }>()

  return {
    async run (userId, work) {
      const queue = tails.get(userId) ?? { tail: Promise.resolve(), length: 0 }
      if (queue.length >= MAX_WAITING) throw new StoreUnavailable()
      queue.length++
      tails.set(userId, queue)
      const result = queue.tail.then(work)
      queue.tail = result.catch(() => {})
      try {
        return await result
      } finally {
        if (--queue.length === 0) tails.delete(userId)
      }
    }
  }
}
