/** Many small pieces of work, done one batch at a time: what comes while a batch is under way is in the next one. */

export interface Batcher<Item, Result> {
  /** Resolves with this item's result, or rejects as its batch did. */
  add: (item: Item) => Promise<Result>
}

/** `run` gives a result for each item, in their order. With `gather`, a batch waits for that before it begins. */
export function createBatcher<Item, Result> (
  run: (items: readonly Item[]) => Promise<readonly Result[]>,
  most: number,
  gather?: () => Promise<void>
): Batcher<Item, Result> {
  let waiting: Array<{ item: Item, resolve: (result: Result) => void, reject: (error: unknown) => void }> = []
  let running = false

  async function work (): Promise<void> {
    running = true
    while (waiting.length > 0) {
      if (gather !== undefined) await gather()
      const batch = waiting.slice(0, most)
      waiting = waiting.slice(most)
      try {
        const results = await run(batch.map(({ item }) => item))
        for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result)
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    running = false
  }

  return {
    add: async (item) => await new Promise<Result>((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (!running) void work()
    })
  }
}
