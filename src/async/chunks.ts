/** Long work in turns: between two of them this node answers whoever is waiting. */

/** Ended sessions are taken in so many at once: a few ms of work at most. */
const AT_ONCE = 250

/** Hands over the items, in their order, at most so many at once; up to that many in the same step. */
export async function inChunks<Item> (
  items: readonly Item[],
  work: (some: readonly Item[]) => void,
  most = AT_ONCE
): Promise<void> {
  for (let begin = 0; begin < items.length; begin += most) {
    if (begin > 0) await new Promise(setImmediate)
    work(items.length <= most ? items : items.slice(begin, begin + most))
  }
}
