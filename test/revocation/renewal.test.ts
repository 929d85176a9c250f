/** What one renewal brings: every end once, in whatever order transactions commit, and a lease that is counted from its begin. */
import t from 'tap'
import type { NodeRegistry } from '../../src/revocation/node-registry.ts'
import { connectTo, openRows } from '../helpers/session-rows.ts'
import { LEASE_MS, RENEWAL_MS, startNode, type TestNode } from '../helpers/protocol-node.ts'
import { createManualClock, until } from '../helpers/manual-clock.ts'

const idsOf = ({ applied }: TestNode): string[] => applied.map(({ id }) => id)

/** A barrier that the test opens. */
function createGate (): { passed: Promise<void>, open: () => void } {
  let open = (): void => {}
  const passed = new Promise<void>((resolve) => { open = resolve })
  return { passed, open }
}

const rows = await openRows(t)
t.beforeEach(rows.empty)

t.test('a revocation whose commit is overtaken by a later one is not lost', async (t) => {
  const [slow, fast] = [await rows.insert(), await rows.insert()]
  const node = await startNode(t, rows)
  const client = await connectTo(t, rows.test)
  await client.query('begin')
  await client.query('update live_session set revoked_at = now() where id = $1', [slow.id])
  const { rows: [{ xid }] } = await client.query('select pg_current_xact_id()::text as xid')
  const overtaking = await rows.endOne(fast.id)
  t.ok(BigInt(xid) < BigInt(overtaking?.xid ?? 0), 'the one that commits later has the lower number')

  await node.renewal.renew()
  t.strictSame(idsOf(node), [fast.id], 'the first renewal sees the one that has committed')
  await node.renewal.renew()
  t.strictSame(idsOf(node), [fast.id], 'and does not see it again, however long the other one stays open')
  await client.query('commit')
  await node.renewal.renew()
  t.strictSame(idsOf(node), [fast.id, slow.id], 'the one that was overtaken comes with the next')
  await node.renewal.renew()
  t.equal(node.applied.length, 2, 'once')
})

t.test('a node that starts has nothing to apply; from then on it applies each end once, with all that sockets need', async (t) => {
  const [before, after, rolledBack] = [await rows.insert(), await rows.insert(), await rows.insert()]
  await rows.endOne(before.id)
  const node = await startNode(t, rows, { start: false })
  t.equal(node.renewal.cursor, null)
  t.equal(node.renewal.incarnation, null)
  t.equal(node.lease.held(), false)
  await node.renewal.start()
  t.strictSame(node.applied, [])
  const client = await connectTo(t, rows.test)
  await client.query('begin')
  await client.query('update live_session set revoked_at = now() where id = $1', [rolledBack.id])
  await client.query('rollback')
  const end = await rows.endOne(after.id)
  for (let round = 0; round < 3; round++) await node.renewal.renew()
  t.strictSame(node.applied, [end])
})

t.test('ends that fill several pages are all applied once, and one that commits between two pages comes with the next renewal', async (t) => {
  for (const ends of [4, 5]) {
    const rows = await openRows(t)
    const sessions = []
    for (let index = 0; index <= ends; index++) sessions.push((await rows.insert()).id)
    sessions.sort()
    // The last by id, so that a page that looked at "now" would find it.
    const late = sessions.at(-1) as string
    let between = false
    const node = await startNode(t, rows, {
      page: 2,
      wrapSql: (sql) => async (text, values) => {
        if (text.includes('(revoked_xid, id) >') && !between) {
          between = true
          await rows.endOne(late)
        }
        return await sql(text, values)
      }
    })
    for (const id of sessions.slice(0, ends)) await rows.endOne(id)
    await node.renewal.renew()
    t.ok(between, 'there was a second page')
    t.strictSame(idsOf(node), sessions.slice(0, ends))
    await node.renewal.renew()
    t.strictSame(idsOf(node), sessions)
  }
})

t.test('a page that can not be read fails the whole renewal: what was read before is out already, no lease is given, and the next one brings it all', async (t) => {
  const sessions = []
  for (let index = 0; index < 3; index++) sessions.push((await rows.insert()).id)
  let broken = false
  const node = await startNode(t, rows, {
    page: 2,
    wrapSql: (sql) => async (text, values) => {
      if (broken && text.includes('(revoked_xid, id) >')) throw new Error('cut')
      return await sql(text, values)
    }
  })
  for (const id of sessions) await rows.endOne(id)
  broken = true
  node.clock.advance(LEASE_MS)
  const cursor = node.renewal.cursor
  await t.rejects(node.renewal.renew(), { message: 'cut' })
  t.equal(new Set(idsOf(node)).size, 2, 'the first page')
  t.equal(node.renewal.cursor, cursor)
  t.equal(node.lease.held(), false)
  broken = false
  await node.renewal.renew()
  t.strictSame([...new Set(idsOf(node))].sort(), sessions.sort())
  t.equal(node.lease.held(), true)
})

t.test('whoever asks during a renewal gets another one after it', async (t) => {
  const gate = createGate()
  let held = 0
  let renewals = 0
  const node = await startNode(t, rows, {
    wrap: (registry: NodeRegistry) => ({
      ...registry,
      async renew (...args) {
        renewals++
        const renewed = await registry.renew(...args)
        if (renewals === 2) {
          held++
          await gate.passed
        }
        return renewed
      }
    })
  })
  const { id } = await rows.insert()
  const first = node.renewal.renew()
  await until(() => held === 1)
  // The running statement has its snapshot already; this end comes after it.
  await rows.endOne(id)
  let told = false
  const later = [node.renewal.renew(), node.renewal.renew()].map(async (renewal) => {
    await renewal
    told = true
    t.strictSame(idsOf(node), [id], 'when it is told, the end has been applied')
  })
  gate.open()
  await first
  t.equal(told, false, 'the running one is not taken for it')
  await Promise.all(later)
  t.equal(renewals, 3, 'and one does for all who asked')
})

t.test('the lease is counted from the begin of the statement, and looked at on both clocks', async (t) => {
  const clock = createManualClock()
  const node = await startNode(t, rows, {
    clock,
    wrap: (registry) => ({
      ...registry,
      async renew (...args) {
        const renewed = await registry.renew(...args)
        clock.advance(1_500)
        return renewed
      }
    }),
    start: false
  })
  await node.renewal.renew()
  node.clock.advance(LEASE_MS - 1_500 - 1)
  t.equal(node.lease.held(), true)
  node.clock.advance(1)
  t.equal(node.lease.held(), false, 'by the monotonic clock, with no timer')

  await node.renewal.renew()
  t.equal(node.lease.held(), true)
  node.clock.jump(LEASE_MS)
  t.equal(node.lease.held(), false, 'the wall clock went on alone, as while a machine sleeps')
  node.clock.jump(-2 * LEASE_MS)
  t.equal(node.lease.held(), true)
  node.clock.advance(LEASE_MS - 1_500)
  t.equal(node.lease.held(), false, 'and setting it back lengthens nothing')
})

t.test('a statement that takes longer than a lease gives none', async (t) => {
  const clock = createManualClock()
  const node = await startNode(t, rows, {
    clock,
    wrap: (registry) => ({
      ...registry,
      async renew (...args) {
        const renewed = await registry.renew(...args)
        clock.advance(LEASE_MS)
        return renewed
      }
    }),
    start: false
  })
  await node.renewal.renew()
  t.equal(node.lease.held(), false)
})

t.test('it renews by itself, every interval', async (t) => {
  const { id } = await rows.insert()
  const node = await startNode(t, rows)
  for (let round = 0; round < 10; round++) {
    const { cursor } = node.renewal
    await rows.insert()
    node.clock.advance(RENEWAL_MS)
    await until(() => node.renewal.cursor !== cursor)
  }
  await rows.endOne(id)
  node.clock.advance(RENEWAL_MS)
  await until(() => node.applied.length === 1)
  t.equal(node.lease.held(), true)
})

t.test('logins and new names show as changed users; ends do not', async (t) => {
  const node = await startNode(t, rows)
  const { id } = await rows.insert('anna')
  await rows.insert('bert')
  await node.renewal.renew()
  t.strictSame(node.changed.splice(0).sort(), ['anna', 'bert'])
  await rows.store.rename(id, 'anna', 'Kitchen')
  await node.renewal.renew()
  t.strictSame(node.changed.splice(0), ['anna'])
  await rows.endOne(id)
  await node.renewal.renew()
  t.strictSame(node.changed, [])
})

t.test('a wake only reads: what ended is applied, and neither row nor lease is touched until the next renewal is due', async (t) => {
  const node = await startNode(t, rows)
  const stampOf = async (): Promise<string> => (await rows.test.query<{ stamp: string }>('select stamp from live_session_node'))[0]?.stamp ?? ''
  const [stamp, { id }] = [await stampOf(), await rows.insert()]
  await rows.endOne(id)
  node.clock.advance(RENEWAL_MS - 1)
  await node.renewal.renew()
  t.strictSame(node.applied.map((session) => session.id), [id])
  t.equal(await stampOf(), stamp)
  node.clock.advance(LEASE_MS - RENEWAL_MS)
  await node.renewal.renew()
  t.not(await stampOf(), stamp, 'a renewal that is due stamps the row')
  t.equal(node.lease.held(), true)
})
