/** A person's list is live: what changes in it reaches all his devices on every node, and nobody else's. */
import t from 'tap'
import { logIn, type Device } from '../helpers/device.ts'
import { startNodes } from '../helpers/nodes.ts'
import { nextSince, settle } from '../helpers/cluster.ts'

t.test('a login, a new name and an end reach the user\'s sockets on both nodes, and not another user\'s', async (t) => {
  const { nodes: [a, b] } = await startNodes(t, 2)
  const both = [a.address, b.address]
  const own = [await logIn(a.address), await logIn(b.address)] as [Device, Device]
  const other = [await logIn(a.address, 'other@example.com'), await logIn(b.address, 'other@example.com')] as [Device, Device]
  const connect = async (devices: Device[]) => await Promise.all(devices.map((device, index) => device.connect(both[index])))
  const [mine, theirs] = [await connect(own), await connect(other)]
  const all = [...mine, ...theirs]

  let third: Device | undefined
  const changes: Array<[string, () => Promise<unknown>]> = [
    ['a login', async () => { third = await logIn(a.address) }],
    ['a new name', async () => await third?.ask('PATCH', `/api/sessions/${third.id}`, { at: b.address, body: { deviceName: 'Kitchen' } })],
    ['an end', async () => await third?.ask('DELETE', `/api/sessions/${third.id}`)]
  ]
  for (const [what, change] of changes) {
    await settle(both, all)
    const marks = new Map(all.map((socket) => [socket, socket.messages.length]))
    await change()
    await Promise.all(mine.map(async (socket) => { await nextSince(socket, marks.get(socket) as number, 'sessions_changed') }))
    t.pass(`${what} reached both nodes`)
    await settle(both, all)
    for (const socket of theirs) {
      const messages = socket.messages.slice(marks.get(socket))
      // A notice of their own second login, which may take its time, is theirs.
      const strange = messages.filter((message) => message.type !== 'notice' || !other.some(({ id }) => id === message.session.id))
      t.same(strange, [], `${what} stayed with its user`)
    }
  }
})
