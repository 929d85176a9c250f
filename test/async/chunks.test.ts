/** Long work in turns: all of it, in order, and others get their turn between. */
import t from 'tap'
import { inChunks } from '../../src/async/chunks.ts'

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

t.test('few items are worked on in the same step', async (t) => {
  const seen: number[][] = []
  const done = inChunks(numbers(3), (some) => { seen.push([...some]) }, 3)
  t.same(seen, [[0, 1, 2]])
  await done
  await inChunks([], () => { t.fail('there is nothing to do') })
})

t.test('many items are worked on in their order, and whoever waits gets a turn between', async (t) => {
  const seen: Array<number[] | string> = []
  const done = inChunks(numbers(5), (some) => {
    seen.push([...some])
    if (some[0] === 0) setImmediate(() => { seen.push('somebody else') })
  }, 2)
  await done
  t.same(seen, [[0, 1], 'somebody else', [2, 3], [4]])
})

t.test('what the work throws ends it', async (t) => {
  let turns = 0
  await t.rejects(inChunks(numbers(5), () => { if (++turns === 2) throw new Error('no') }, 2), { message: 'no' })
  t.equal(turns, 2)
})
