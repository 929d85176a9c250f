/** A node that stands still: revocations wait until its lease is over for certain, then for nobody; on waking it lets no ended session in. */
import t from 'tap'
import type { RevocationReport } from '../../src/protocol.ts'
import { graceOf } from '../../src/revocation/lease.ts'
import { logIn } from '../helpers/device.ts'
import { startNodes } from '../helpers/nodes.ts'
import { until } from '../helpers/cluster.ts'

const LEASE_MS = 4_000
const GRACE_MS = graceOf(LEASE_MS)
/** What the answer may add to T′. */
const MARGIN_MS = 200

t.test('with one node frozen a DELETE is answered after T′, later ones at once; requests that waited in its sockets are refused on waking', async (t) => {
  const { nodes: [a, b], database } = await startNodes(t, 2, { options: { leaseMs: LEASE_MS } })
  const [laptop, phone, tablet] = [await logIn(a.address), await logIn(a.address), await logIn(a.address)]
  for (const device of [laptop, phone, tablet]) t.equal((await device.ask('GET', '/api/me', { at: b.address })).status, 200, 'in memory there')
  b.process.kill('SIGSTOP')
  const { status, body } = await laptop.ask<RevocationReport>('DELETE', `/api/sessions/${phone.id}`)
  t.match({ status, body }, { status: 200, body: { count: 1, confirmed: true } })
  t.ok(body.waitedMs <= GRACE_MS + MARGIN_MS, `waited ${body.waitedMs} ms, T′ is ${GRACE_MS.toFixed()} ms`)
  const waiting = [phone.ask('GET', '/api/me', { at: b.address }), laptop.ask('GET', '/api/me', { at: b.address })]

  await until(async () => await database.query('select from live_session_node'), (nodes) => nodes.length === 1)
  const later = await laptop.ask<RevocationReport>('DELETE', `/api/sessions/${tablet.id}`)
  t.match(later, { status: 200, body: { count: 1, nodes: { acknowledged: 1, lapsed: 0 } } })
  t.ok(later.body.waitedMs < GRACE_MS / 10, `once it was evicted, ${later.body.waitedMs} ms`)
  waiting.push(tablet.ask('GET', '/api/me', { at: b.address }))

  b.process.kill('SIGCONT')
  t.same((await Promise.all(waiting)).map((answer) => answer.status), [401, 200, 401])
  await until(async () => await database.query('select from live_session_node'), (nodes) => nodes.length === 2)
  t.match(await laptop.ask('DELETE', `/api/sessions/${laptop.id}`), { status: 200, body: { nodes: { acknowledged: 2, lapsed: 0 } } }, 'it is back')
})
