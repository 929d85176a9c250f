/** The small parts that have no time and no I/O of their own: who is waited for, who is silent, how many sockets were told. */
import fc from 'fast-check'
import t from 'tap'
import { graceOf } from '../../src/revocation/lease.ts'
import { createNodeWait } from '../../src/revocation/node-wait.ts'
import { createNotifiedCounts } from '../../src/revocation/notified-counts.ts'
import { createStaleNodes } from '../../src/revocation/stale-nodes.ts'

const open = (...incarnations: string[]): Array<{ incarnation: string, applied: boolean }> => incarnations.map((incarnation) => ({ incarnation, applied: false }))

t.test('a wait is over when every node answered, has applied it, is gone, or lapsed; nothing counts twice', async (t) => {
  const wait = createNodeWait()
  t.equal(wait.done(), false, 'before the nodes are known it is not over')
  wait.acknowledge('early')
  t.equal(wait.done(), false)
  wait.start([...open('early', 'acks', 'row', 'gone', 'silent'), { incarnation: 'already', applied: true }])
  t.strictSame(wait.outcome(), { acknowledged: 3, lapsed: 0 }, 'itself, the early one, and the one whose row showed it')
  wait.acknowledge('acks')
  wait.acknowledge('acks')
  wait.acknowledge('stranger')
  t.equal(wait.outcome().acknowledged, 4)
  wait.update([{ incarnation: 'row', applied: true }, { incarnation: 'silent', applied: false }, { incarnation: 'new', applied: false }])
  t.strictSame(wait.outcome(), { acknowledged: 5, lapsed: 1 })
  t.equal(wait.done(), false)
  wait.expire()
  t.equal(wait.done(), true)
  t.strictSame(wait.outcome(), { acknowledged: 5, lapsed: 2 })
})

t.test('a node alone waits for nobody', async (t) => {
  const wait = createNodeWait()
  wait.start([])
  t.equal(wait.done(), true)
  t.strictSame(wait.outcome(), { acknowledged: 1, lapsed: 0 })
})

t.test('in any order of answers and readings, it is over exactly when nobody is left', async (t) => {
  const node = fc.constantFrom('a', 'b', 'c')
  const step = fc.oneof(
    fc.record({ kind: fc.constant('ack' as const), node }),
    fc.record({ kind: fc.constant('look' as const), nodes: fc.uniqueArray(fc.record({ incarnation: node, applied: fc.boolean() }), { selector: (state) => state.incarnation }) }))
  fc.assert(fc.property(fc.array(step), fc.nat(4), (steps, at) => {
    const wait = createNodeWait()
    let left: Set<string> | null = null
    const early = new Set<string>()
    for (const [index, action] of steps.entries()) {
      if (index === at) {
        wait.start(open('a', 'b', 'c'))
        left = new Set(['a', 'b', 'c'].filter((name) => !early.has(name)))
      }
      if (action.kind === 'ack') {
        wait.acknowledge(action.node)
        if (left === null) early.add(action.node)
        else left.delete(action.node)
      } else if (left !== null) {
        wait.update(action.nodes)
        for (const name of [...left]) if (action.nodes.find(({ incarnation }) => incarnation === name)?.applied !== false) left.delete(name)
      }
      if (wait.done() !== (left?.size === 0)) return false
    }
    return true
  }))
  t.pass('1,000 orders')
})

t.test('a stamp\'s time runs from the end of the reading that showed it first to the begin of this one', async (t) => {
  const watch = createStaleNodes(100)
  const at = (begin: number, end: number): { own: string, begin: number, end: number } => ({ own: 'me', begin, end })
  t.strictSame(watch.observe({ me: 's', other: 's1' }, at(0, 50)), [])
  t.strictSame(watch.observe({ me: 's', other: 's1' }, at(149, 300)), [], '99 ms')
  t.strictSame(watch.observe({ me: 's', other: 's1' }, at(150, 300)), [{ incarnation: 'other', stamp: 's1' }])
  t.strictSame(watch.observe({ other: 's2' }, at(300, 310)), [], 'a new stamp is a sign of life')
  t.strictSame(watch.observe({}, at(320, 330)), [])
  t.strictSame(watch.observe({ other: 's2' }, at(420, 430)), [], 'a row that was gone in between begins anew')
  t.strictSame(watch.observe({ other: 's2' }, at(530, 540)), [{ incarnation: 'other', stamp: 's2' }])
})

t.test('a node\'s earlier name is watched like anybody else\'s', async (t) => {
  const watch = createStaleNodes(100)
  watch.observe({ old: 's' }, { own: 'old', begin: 0, end: 0 })
  t.strictSame(watch.observe({ old: 's' }, { own: 'new', begin: 200, end: 200 }), [])
  t.strictSame(watch.observe({ old: 's' }, { own: 'new', begin: 300, end: 300 }), [{ incarnation: 'old', stamp: 's' }])
})

t.test('T′ outlasts a lease even where this clock is 10 % fast and the other one 10 % slow', async (t) => {
  for (const lease of [300, 4_000, 60_000]) t.ok(graceOf(lease) / 1.1 > lease / 0.9, String(lease))
})

t.test('sockets are counted by the transaction that ended their sessions', async (t) => {
  const counts = createNotifiedCounts()
  counts.add('7', 2)
  counts.add('7', 1)
  counts.add('8', 0)
  counts.add('9', 4)
  t.equal(counts.of(['7', '8']), 3)
  t.equal(counts.of(['7', '9', '10']), 7)
  t.equal(counts.of([]), 0)
})
