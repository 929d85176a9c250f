/** When a revocation is answered: once no node can accept the session any more, whichever way that becomes known. */
import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import type { Ack, Bus, Wake } from '../../src/revocation/bus.ts'
import { createInProcessHub } from '../../src/revocation/in-process-bus.ts'
import type { EndedSession } from '../../src/session/ended-session.ts'
import { openRows, type Rows } from '../helpers/session-rows.ts'
import { until } from '../helpers/manual-clock.ts'
import { GRACE_MS, startNode, type TestNode } from '../helpers/protocol-node.ts'

async function endOne (rows: Rows): Promise<EndedSession> {
  const { id } = await rows.insert()
  return await rows.endOne(id) as EndedSession
}

/** A node that has a row and says nothing. */
async function addSilentNode ({ test }: Rows): Promise<string> {
  const incarnation = randomUUID()
  await test.query('insert into live_session_node (incarnation, applied) values ($1, pg_current_snapshot())', [incarnation])
  return incarnation
}

/** Confirms, and says whether it is over yet; resolves when the wait has begun. */
async function begin (node: TestNode, ended: readonly EndedSession[]) {
  let over = false
  const answer = node.confirmation.confirm(ended).finally(() => { over = true })
  answer.catch(() => {})
  const timers = node.clock.waiting()
  await until(() => over || node.clock.waiting() >= timers + 2)
  return {
    answer,
    over: () => over,
    /** Lets one look at the nodes' rows come and go. */
    async look () {
      const waiting = node.clock.waiting()
      node.clock.advance(250)
      await until(() => over || node.clock.waiting() === waiting)
    }
  }
}

const rows = await openRows(t)
t.beforeEach(rows.empty)

t.test('a node alone is certain at once', async (t) => {
  const node = await startNode(t, rows)
  const end = await endOne(rows)
  t.strictSame(await node.confirmation.confirm([end]), { waitedMs: 0, acknowledged: 1, lapsed: 0, notified: 0 })
  t.strictSame(node.applied, [end], 'and has applied it itself')
})

t.test('over the bus, the other nodes have renewed by the time of the answer, and say how many sockets they told', async (t) => {
  const hub = createInProcessHub()
  const [a, b, c] = [await startNode(t, rows, { hub }), await startNode(t, rows, { hub }), await startNode(t, rows, { hub })]
  const end = await endOne(rows)
  a.notified.add(end.xid, 1)
  b.notified.add(end.xid, 2)
  t.strictSame(await a.confirmation.confirm([end]), { waitedMs: 0, acknowledged: 3, lapsed: 0, notified: 3 })
  for (const node of [b, c]) t.strictSame(node.applied, [end])
})

t.test('without a bus, the rows say who has applied it', async (t) => {
  const [a, b] = [await startNode(t, rows), await startNode(t, rows)]
  const end = await endOne(rows)
  const wait = await begin(a, [end])
  await wait.look()
  t.equal(wait.over(), false)
  await b.tick()
  await wait.look()
  t.equal(wait.over(), false, 'applied there, but its row does not say so yet')
  await b.tick()
  await wait.look()
  t.match(await wait.answer, { acknowledged: 2, lapsed: 0 })
})

t.test('a silent node is waited for until T′ and not a moment less; a repeat waits as long', async (t) => {
  const node = await startNode(t, rows)
  await addSilentNode(rows)
  const end = await endOne(rows)
  const wait = await begin(node, [end])
  node.clock.advance(GRACE_MS - 1_000)
  const repeat = await begin(node, [end])
  node.clock.advance(999)
  t.equal(wait.over(), false)
  node.clock.advance(1)
  t.match(await wait.answer, { acknowledged: 1, lapsed: 1, waitedMs: Math.round(GRACE_MS) })
  t.equal(repeat.over(), false, 'its own T′ has not passed')
  node.clock.advance(GRACE_MS)
  t.match(await repeat.answer, { lapsed: 1 })
})

t.test('T′ runs from the reading of the nodes, however long that took', async (t) => {
  let release = (): void => {}
  const node = await startNode(t, rows, {
    wrap: (registry) => ({
      ...registry,
      async others (...args) {
        const nodes = await registry.others(...args)
        await new Promise<void>((resolve) => { release = resolve })
        return nodes
      }
    })
  })
  await addSilentNode(rows)
  const end = await endOne(rows)
  const reading = release
  let over = false
  const answer = node.confirmation.confirm([end]).finally(() => { over = true })
  await until(() => release !== reading)
  node.clock.advance(GRACE_MS)
  const timers = node.clock.waiting()
  release()
  await until(() => node.clock.waiting() > timers)
  t.equal(over, false)
  node.clock.advance(GRACE_MS)
  t.match(await answer, { lapsed: 1 })
})

t.test('a node that is evicted meanwhile is not waited for any longer', async (t) => {
  const node = await startNode(t, rows)
  const silent = await addSilentNode(rows)
  const wait = await begin(node, [await endOne(rows)])
  await wait.look()
  t.equal(wait.over(), false)
  await rows.test.query('delete from live_session_node where incarnation = $1', [silent])
  await wait.look()
  t.match(await wait.answer, { acknowledged: 1, lapsed: 1 })
})

t.test('an ack counts once, for the node that asked, from the node that gave it', async (t) => {
  const wakes: string[] = []
  const deaf: Bus = { address: 'here', start: async () => {}, sendWake: ({ nonce }) => { wakes.push(nonce) }, sendAck: () => {}, healthy: () => true, close: async () => {} }
  const node = await startNode(t, rows, { hub: { join: () => deaf } })
  const [first, second] = [await addSilentNode(rows), await addSilentNode(rows)]
  const wait = await begin(node, [await endOne(rows)])
  const ack: Ack = { nonce: wakes[0] ?? '', to: node.renewal.incarnation ?? '', from: first, notified: 2, nodes: [] }
  t.match(ack.nonce, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  for (const wrong of [{ ...ack, nonce: randomUUID() }, { ...ack, to: randomUUID() }, { ...ack, from: randomUUID() }]) node.confirmation.onAck({ ...wrong, notified: 0 })
  for (let twice = 0; twice < 2; twice++) node.confirmation.onAck(ack)
  await wait.look()
  t.equal(wait.over(), false, 'the second node has not answered')
  node.confirmation.onAck({ ...ack, from: second, notified: 1 })
  t.match(await wait.answer, { acknowledged: 3, lapsed: 0, notified: 3 })
  node.confirmation.onAck(ack)
  t.pass('one that comes later harms nothing')
})

t.test('a wake is answered only after a renewal that began after it', async (t) => {
  const hub = createInProcessHub()
  let failing = true
  const acks: Ack[] = []
  const listener = hub.join()
  await listener.start({ wake: () => {}, ack: (ack) => { acks.push(ack) }, resumed: () => {} })
  t.teardown(listener.close)
  const node = await startNode(t, rows, {
    hub,
    wrap: (registry) => ({
      ...registry,
      async renew (...args) {
        if (failing) throw new Error('no database')
        return await registry.renew(...args)
      }
    }),
    start: false
  })
  const wake = { nonce: randomUUID(), from: randomUUID(), replyTo: listener.address, xids: [] }
  const later = randomUUID()
  node.confirmation.onWake(wake)
  await until(() => node.errors.length > 0)
  t.strictSame(acks, [], 'a failed renewal answers nothing')
  failing = false
  const end = await endOne(rows)
  node.confirmation.onWake({ ...wake, nonce: later, xids: [end.xid] })
  await until(() => acks.length > 0)
  t.match(acks, [{ nonce: later, to: wake.from, from: node.renewal.incarnation ?? '', notified: 0 }])
  node.confirmation.onWake({ ...wake, from: node.renewal.incarnation ?? '' })
  await node.renewal.renew()
  t.equal(acks.length, 1, 'its own wake needs no answer')
  t.equal(node.errors.length, 1, 'the failure was reported once, by the renewal')
})

t.test('a node that shuts down tells whoever waits that it could not be confirmed, and whoever comes later too', async (t) => {
  const node = await startNode(t, rows)
  await addSilentNode(rows)
  const end = await endOne(rows)
  const wait = await begin(node, [end])
  node.confirmation.close()
  await t.rejects(wait.answer, { code: 'SESSION_REVOCATION_UNCONFIRMED', statusCode: 503 })
  await t.rejects(node.confirmation.confirm([end]), { code: 'SESSION_REVOCATION_UNCONFIRMED' })
})

t.test('when PostgreSQL can not say who the nodes are, it is not confirmed; when it fails later, T′ still is an answer', async (t) => {
  let broken = true
  const node = await startNode(t, rows, {
    wrap: (registry) => ({
      ...registry,
      async others (...args) {
        if (broken) throw new Error('no database')
        return await registry.others(...args)
      }
    })
  })
  await addSilentNode(rows)
  const end = await endOne(rows)
  await t.rejects(node.confirmation.confirm([end]), { code: 'SESSION_REVOCATION_UNCONFIRMED', cause: { message: 'no database' } })
  broken = false
  const wait = await begin(node, [end])
  broken = true
  await wait.look()
  t.match(node.errors, [{ message: 'no database' }])
  t.equal(wait.over(), false)
  node.clock.advance(GRACE_MS)
  t.match(await wait.answer, { lapsed: 1 })
})

/** A node that knows of another one, and a bus that the test answers on. */
async function knowingOne (t: Test) {
  const wakes: Wake[] = []
  const bus: Bus = { address: 'here', start: async () => {}, sendWake: (wake) => { wakes.push(wake) }, sendAck: () => {}, healthy: () => true, close: async () => {} }
  const asked = { count: 0 }
  const node = await startNode(t, rows, {
    hub: { join: () => bus },
    wrap: (registry) => ({
      ...registry,
      others: async (...args) => {
        asked.count++
        return await registry.others(...args)
      }
    })
  })
  const other = await addSilentNode(rows)
  await node.renewal.renew()
  let over = false
  const answer = node.confirmation.confirm([await endOne(rows)]).finally(() => { over = true })
  const { nonce = '', from = '' } = wakes[0] ?? {}
  const ack = (by: string, nodes: string[]): void => { node.confirmation.onAck({ nonce, to: from, from: by, notified: 0, nodes }) }
  return { node, other, own: from, asked, answer, over: () => over, ack }
}

t.test('the first ack says who the nodes are: when it names nobody else, PostgreSQL need not be asked', async (t) => {
  const { other, own, asked, answer, ack } = await knowingOne(t)
  ack(other, [own, other])
  t.match(await answer, { acknowledged: 2, lapsed: 0 })
  t.equal(asked.count, 0)
})

t.test('a node that only the ack names, because it came after this node\'s last renewal, is waited for', async (t) => {
  const { node, other, own, answer, over, ack } = await knowingOne(t)
  const newcomer = randomUUID()
  ack(other, [own, other, newcomer])
  await new Promise((resolve) => { setImmediate(resolve) })
  t.equal(over(), false)
  ack(newcomer, [own, other, newcomer])
  t.match(await answer, { acknowledged: 3, lapsed: 0 })
  t.equal(node.errors.length, 0)
})

t.test('when no ack comes soon, or it names no nodes, PostgreSQL is asked', async (t) => {
  const { node, other, asked, answer, over, ack } = await knowingOne(t)
  ack(other, [])
  t.equal(asked.count, 0)
  node.clock.advance(10)
  t.match(await answer, { acknowledged: 2, lapsed: 0 }, 'an ack that came before the reading counts')
  t.equal(asked.count, 1)
  t.equal(over(), true)
})
