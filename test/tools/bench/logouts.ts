/** Logouts to be measured: devices with a socket on node B, ended by a DELETE on node A over a warm connection. */
import type { Test } from 'tap'
import type { RevocationReport } from '../../../src/protocol.ts'
import { buildApp } from '../../helpers/app.ts'
import { logIn, type Device } from '../../helpers/device.ts'
import type { Cluster } from '../../helpers/nodes.ts'
import { openHttpConnection } from './http-connection.ts'

export interface Sample {
  /** DELETE → `logout` frame at the device, in ms. */
  frame: number
  /** DELETE → 200, confirmation included, in ms. */
  answer: number
}

export interface Logouts {
  sample: () => Promise<Sample>
  close: () => void
}

/** As many as `count` can be sampled; every one is of a user of its own, who has two devices. */
export async function prepareLogouts (t: Test, { nodes: [a, b], database }: Cluster, count: number): Promise<Logouts> {
  const pairs = await logInPairs(t, database, count)
  const { ask, close } = await openHttpConnection(a.address)

  return {
    async sample () {
      const pair = pairs.pop()
      if (pair === undefined) throw new Error('no devices left')
      const [laptop, phone] = pair
      const socket = await phone.connect(b.address)
      // As a person does: he sees the list, then he presses the button.
      await ask('GET', '/api/sessions', laptop.token)
      const begin = performance.now()
      const logout = socket.next('logout').then(({ eventId }) => ({ eventId, taken: performance.now() - begin }))
      const { status, body } = await ask('DELETE', `/api/sessions/${phone.id}`, laptop.token)
      const answer = performance.now() - begin
      const { nodes: { acknowledged } } = JSON.parse(body) as RevocationReport
      if (status !== 200 || acknowledged !== 2) throw new Error(`a DELETE was answered ${status} ${body}`)
      const { eventId, taken } = await logout
      // A device has a processor of its own, and a network to cross: its receipt does not hold up the answer.
      socket.ws.send(JSON.stringify({ type: 'ack', eventId, state: 'delivered' }))
      await socket.closed
      return { frame: taken, answer }
    },
    close
  }
}

/** By a node that is gone before anything is measured, and that checks no passwords. */
async function logInPairs (t: Test, database: Cluster['database'], count: number): Promise<Array<[Device, Device]>> {
  const { app, address } = await buildApp(t, { database })
  const pairs: Array<[Device, Device]> = []
  for (let user = 0; user < count; user++) {
    const userId = `user-${user}@example.com`
    pairs.push(await Promise.all([logIn(address, userId), logIn(address, userId)]))
  }
  await app.close()
  return pairs
}
