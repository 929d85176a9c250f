/** Being one of the nodes: registering, being evicted, coming back with nothing lost, leaving; and a database that is not the one it was. */
import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { NodeRegistry } from '../../src/revocation/node-registry.ts'
import { openRows, type Rows } from '../helpers/session-rows.ts'
import { createManualClock, until } from '../helpers/manual-clock.ts'
import { GRACE_MS, LEASE_MS, startNode } from '../helpers/protocol-node.ts'

const incarnations = async ({ test }: Rows): Promise<string[]> =>
  (await test.query<{ incarnation: string }>('select incarnation from live_session_node order by 1')).map(({ incarnation }) => incarnation)

const rows = await openRows(t)
t.beforeEach(rows.empty)

t.test('a node whose row is gone has no lease until it is back under another name; its cursor stays, and nothing is lost', async (t) => {
  const [before, between] = [await rows.insert(), await rows.insert()]
  const leases: string[] = []
  const claims: boolean[] = []
  const node = await startNode(t, rows, {
    start: false,
    wrap: (registry: NodeRegistry) => ({
      ...registry,
      async register (...args) {
        const again = leases.length > 0
        // Ends before the new row and the next renewal: the insert's own snapshot sees it, this node has not applied it.
        const xid = again ? (await rows.endOne(between.id))?.xid ?? '' : ''
        const cursor = await registry.register(...args)
        leases.push(`registered: ${node.lease.held()}`)
        if (again) claims.push(...(await registry.others(null, [xid])).map(({ applied }) => applied))
        return cursor
      }
    })
  })
  await node.renewal.renew()
  const first = node.renewal.incarnation
  const resets = node.resets()
  await rows.endOne(before.id)
  await rows.test.query('delete from live_session_node')
  await node.renewal.renew()
  t.not(node.renewal.incarnation, first)
  t.strictSame(await incarnations(rows), [node.renewal.incarnation])
  t.strictSame(leases.slice(1), ['registered: false'], 'without a lease in between')
  t.strictSame(claims, [false], 'its new row claims no more than it has applied')
  t.strictSame(node.applied.map(({ id }) => id), [before.id, between.id], 'what ended before and after its eviction was applied, once')
  t.equal(node.lease.held(), true)
  t.equal(node.resets(), resets + 1, 'and what nobody kept for a node without a row is asked for')
})

t.test('a node that is silent for T′ is evicted, and not a moment before', async (t) => {
  const [living, silent] = [await startNode(t, rows), await startNode(t, rows)]
  const both = [living.renewal.incarnation as string, silent.renewal.incarnation as string].sort()
  await living.renewal.renew()
  living.clock.advance(GRACE_MS - 1)
  await living.renewal.renew()
  t.strictSame(await incarnations(rows), both)
  // A sign of life starts the time anew.
  await silent.tick()
  living.clock.advance(1)
  await living.renewal.renew()
  living.clock.advance(GRACE_MS - 1)
  await living.renewal.renew()
  t.strictSame(await incarnations(rows), both)
  living.clock.advance(1)
  await living.renewal.renew()
  await until(async () => (await incarnations(rows)).length === 1)
  t.strictSame(await incarnations(rows), [living.renewal.incarnation])
})

t.test('a node that renews just before it would be evicted stays', async (t) => {
  const silent = await startNode(t, rows)
  const evicted: Array<Promise<void>> = []
  const living = await startNode(t, rows, {
    wrap: (registry) => ({
      ...registry,
      async evict (incarnation, stamp) {
        const eviction = silent.tick().then(async () => { await registry.evict(incarnation, stamp) })
        evicted.push(eviction)
        await eviction
      }
    })
  })
  await living.renewal.renew()
  living.clock.advance(GRACE_MS)
  await living.renewal.renew()
  t.equal(evicted.length, 1)
  await Promise.all(evicted)
  t.strictSame(await incarnations(rows), [living.renewal.incarnation as string, silent.renewal.incarnation as string].sort())
})

t.test('a renewal that fails tells those who waited for it, keeps those who asked later, and leaves the lease as it was', async (t) => {
  let failing = false
  let entered = 0
  let release = (): void => {}
  const node = await startNode(t, rows, {
    wrap: (registry) => ({
      ...registry,
      async renew (...args) {
        if (!failing) return await registry.renew(...args)
        failing = false
        entered++
        await new Promise<void>((resolve) => { release = resolve })
        throw new Error('the connection was cut')
      }
    })
  })
  failing = true
  const waiting = node.renewal.renew()
  await until(() => entered === 1)
  const later = node.renewal.renew()
  release()
  await t.rejects(waiting, { message: 'the connection was cut' })
  t.equal(node.lease.held(), true, 'the lease that it had goes on')
  await later
  t.match(node.errors, [{ message: 'the connection was cut' }])
  node.clock.advance(LEASE_MS)
  t.equal(node.lease.held(), false)
})

t.test('more than ten thousand waiting wakes are turned away', async (t) => {
  const node = await startNode(t, rows)
  const asked = Array.from({ length: 10_100 }, () => node.renewal.renew().then(() => 'renewed', () => 'turned away'))
  const answers = await Promise.all(asked)
  t.ok(answers.filter((answer) => answer === 'turned away').length >= 99)
  t.ok(answers.filter((answer) => answer === 'renewed').length >= 10_000)
})

t.test('a node that leaves stops answering from memory, then deletes its row; a renewal under way gives it nothing any more', async (t) => {
  const { id } = await rows.insert()
  let hold = false
  let held = 0
  let release = (): void => {}
  const node = await startNode(t, rows, {
    wrap: (registry) => ({
      ...registry,
      async renew (...args) {
        const renewed = await registry.renew(...args)
        if (hold) {
          held++
          await new Promise<void>((resolve) => { release = resolve })
        }
        return renewed
      }
    })
  })
  await rows.endOne(id)
  hold = true
  const running = node.renewal.renew().then(() => 'renewed', () => 'refused')
  await until(() => held === 1)
  const closed = node.renewal.close()
  t.equal(node.lease.held(), false, 'at once')
  release()
  await closed
  t.equal(await running, 'refused')
  t.equal(node.lease.held(), false)
  t.strictSame(await incarnations(rows), [])
  await t.rejects(node.renewal.renew(), { message: /closing/ })
})

t.test('a database that is behind the cursor: everything is forgotten, and the node begins anew', async (t) => {
  let ahead = false
  const node = await startNode(t, rows, {
    // A cursor of a future that this database never had, as after a failover to a standby that was behind.
    wrap: (registry) => ({
      ...registry,
      async renew (incarnation, cursor, extend) {
        const asked = ahead ? '999999999:999999999:' : cursor
        ahead = false
        return await registry.renew(incarnation, asked, extend)
      }
    })
  })
  const first = node.renewal.incarnation
  const resets = node.resets()
  ahead = true
  await node.renewal.renew()
  t.equal(node.resets(), resets + 1)
  t.not(node.renewal.incarnation, first)
  t.equal(node.lease.held(), true)
  const { id } = await rows.insert()
  await rows.endOne(id)
  await node.renewal.renew()
  t.strictSame(node.applied.map((ended) => ended.id), [id])
})

t.test('a server that was started again: everything is forgotten, once', async (t) => {
  let startedLater = 0
  let leased = true
  const clock = createManualClock()
  const node = await startNode(t, rows, {
    clock,
    wrap: (registry) => ({
      ...registry,
      async register (...args) {
        if (startedLater > 0) leased = node.lease.held()
        return await registry.register(...args)
      },
      async renew (...args) {
        const renewed = await registry.renew(...args)
        return { ...renewed, startedAt: renewed.startedAt + startedLater }
      }
    })
  })
  const resets = node.resets()
  startedLater = 60_000
  await node.renewal.renew()
  await node.renewal.renew()
  t.equal(node.resets(), resets + 1)
  t.equal(leased, false, 'no lease until it has read again')
  t.equal(node.lease.held(), true)
})

t.test('who has applied a transaction is read from the rows of the others', async (t) => {
  const [a, b] = [await startNode(t, rows), await startNode(t, rows)]
  const { id } = await rows.insert()
  const xid = (await rows.endOne(id))?.xid ?? ''
  const own = a.renewal.incarnation
  t.strictSame(await a.registry.others(own, [xid]), [{ incarnation: b.renewal.incarnation, applied: false }])
  await b.tick()
  t.strictSame(await a.registry.others(own, [xid]), [{ incarnation: b.renewal.incarnation, applied: false }], 'the row says what was applied when the renewal began')
  await b.tick()
  t.strictSame(await a.registry.others(own, [xid]), [{ incarnation: b.renewal.incarnation, applied: true }])
  t.strictSame(await a.registry.others(own, []), [{ incarnation: b.renewal.incarnation, applied: true }])
  t.equal((await a.registry.others(null, [xid])).length, 2, 'a node without a name waits for all')
  t.equal((await a.registry.others(randomUUID(), [xid])).length, 2)
})
