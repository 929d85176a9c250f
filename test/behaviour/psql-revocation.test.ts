/** The row is the truth: an operator who ends a session by hand, in psql, logs its devices out live, on every node. */
import t from 'tap'
import { logIn } from '../helpers/device.ts'
import { startNodes } from '../helpers/nodes.ts'
import { fence, typesSince, verdicts } from '../helpers/cluster.ts'

const WITHIN_MS = 2_500

t.test('setting revoked_at in psql logs the device out on both nodes within 2.5 s, with an event, and nobody else', async (t) => {
  const { nodes: [a, b], database } = await startNodes(t, 2)
  const both = [a.address, b.address]
  const [phone, laptop] = [await logIn(a.address), await logIn(b.address)]
  const sockets = [await phone.connect(a.address), await phone.connect(b.address)]
  const others = [await laptop.connect(a.address), await laptop.connect(b.address)]
  t.same(await verdicts(phone, both), ['200', '200'], 'both nodes know it, and hold it in memory')

  await database.query('update live_session set revoked_at = now() where id = $1', [phone.id])
  const begin = performance.now()
  for (const socket of sockets) t.match(await socket.next('logout'), { sessionId: phone.id, reason: 'policy' })
  const waited = performance.now() - begin
  t.ok(waited < WITHIN_MS, `heard after ${waited.toFixed()} ms`)
  for (const socket of sockets) t.match(await socket.closed, { code: 4401 })
  t.same(await verdicts(phone, both), ['401 SESSION_REVOKED', '401 SESSION_REVOKED'])

  await Promise.all(others.map(fence))
  t.notOk(others.some((socket) => typesSince(socket, 0).includes('logout')))
  t.same(await verdicts(laptop, both), ['200', '200'])
  t.match(await database.query('select type, reason, by from live_session_event where session_id = $1 and type = \'ended\'', [phone.id]),
    [{ type: 'ended', reason: 'policy', by: null }])
})

t.test('an end is final: psql can neither undo it nor delete a session that is alive', async (t) => {
  const { nodes: [a, b], database } = await startNodes(t, 2)
  const phone = await logIn(a.address)
  await t.rejects(database.query('delete from live_session where id = $1', [phone.id]), /alive/)
  await t.rejects(database.query('truncate live_session'), /alive/)
  await phone.ask('POST', '/api/auth/logout')
  await t.rejects(database.query('update live_session set revoked_at = null where id = $1', [phone.id]), /final/)
  t.same(await verdicts(phone, [a.address, b.address]), ['401 SESSION_REVOKED', '401 SESSION_REVOKED'])
})
