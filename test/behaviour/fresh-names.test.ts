/** What is held in memory is not shown when it is old: a new name is there at once, and within a renewal on other nodes. */
import t from 'tap'
import type { Session } from '../../src/protocol.ts'
import { buildApp } from '../helpers/app.ts'
import { logIn } from '../helpers/device.ts'

const { address, database } = await buildApp(t)

t.test('a new name is in the next answer about the current session, on the node that gave it', async (t) => {
  const phone = await logIn(address, 'here@example.com')
  await phone.ask('GET', '/api/sessions/current')
  await phone.ask('PATCH', `/api/sessions/${phone.id}`, { body: { deviceName: 'My phone' } })
  t.equal((await phone.ask<Session>('GET', '/api/sessions/current')).body.deviceName, 'My phone')
})

t.test('and on another node, once that node has told its sockets that the list changed', async (t) => {
  const { address: b } = await buildApp(t, { database })
  const phone = await logIn(address, 'there@example.com')
  const socket = await phone.connect(b)
  await phone.ask('GET', '/api/sessions/current', { at: b })
  await phone.ask('PATCH', `/api/sessions/${phone.id}`, { body: { deviceName: 'My phone' } })
  // The login may be told first.
  let shown: string
  do {
    await socket.next('sessions_changed')
    shown = (await phone.ask<Session>('GET', '/api/sessions/current', { at: b })).body.deviceName
  } while (shown !== 'My phone')
  t.equal(shown, 'My phone')
  socket.ws.terminate()
})
