/** The main promise on one node: a session that is ended is out at once, and nobody else. */
import t from 'tap'
import { buildApp } from '../helpers/app.ts'
import { logIn } from '../helpers/device.ts'

t.test('a device that is logged out from another one hears it on its socket, and its token is dead from the 200 on', async (t) => {
  const { address } = await buildApp(t)
  const [phone, laptop] = [await logIn(address), await logIn(address)]
  const socket = await phone.connect()
  const report = await laptop.ask('DELETE', `/api/sessions/${phone.id}`)
  t.match(report, { status: 200, body: { count: 1, revoked: [phone.id], confirmed: true, sockets: { notified: 1 } } })
  t.match(await phone.ask('GET', '/api/sessions/current'), { status: 401, body: { code: 'SESSION_REVOKED', reason: 'revoked_by_user' } })
  t.match(await socket.next('logout'), { sessionId: phone.id, reason: 'revoked_by_user' })
  t.match(await socket.closed, { code: 4401 })
  t.equal((await laptop.ask('GET', '/api/sessions/current')).status, 200)
})
