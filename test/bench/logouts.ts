/** Logouts to be measured: devices with a socket on node B, ended by a DELETE on node A over a warm connection. */
import { Agent, request } from 'node:http'
import type { Test } from 'tap'
import type { RevocationReport } from '../../src/protocol.ts'
import { buildApp } from '../helpers/app.ts'
import { logIn, type Device } from '../helpers/device.ts'
import type { Cluster } from '../helpers/nodes.ts'

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
  const agent = new Agent({ keepAlive: true })

  async function ask (method: string, path: string, token: string): Promise<{ status: number | undefined, body: string }> {
    return await new Promise((resolve, reject) => {
      const call = request(a.address + path, { method, agent, headers: { authorization: `Bearer ${token}` } }, (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (text: string) => { body += text })
        response.on('end', () => { resolve({ status: response.statusCode, body }) })
      })
      call.on('error', reject)
      call.end()
    })
  }

  return {
    async sample () {
      const pair = pairs.pop()
      if (pair === undefined) throw new Error('no devices left')
      const [laptop, phone] = pair
      const socket = await phone.connect(b.address)
      // As a person does: he sees the list, then he presses the button.
      await ask('GET', '/api/sessions', laptop.token)
      const begin = performance.now()
      const frame = socket.next('logout').then(({ eventId }) => {
        const taken = performance.now() - begin
        socket.ws.send(JSON.stringify({ type: 'ack', eventId, state: 'delivered' }))
        return taken
      })
      const { status, body } = await ask('DELETE', `/api/sessions/${phone.id}`, laptop.token)
      const answer = performance.now() - begin
      const { nodes: { acknowledged } } = JSON.parse(body) as RevocationReport
      if (status !== 200 || acknowledged !== 2) throw new Error(`a DELETE was answered ${status} ${body}`)
      const sample = { frame: await frame, answer }
      await socket.closed
      return sample
    },
    close () { agent.destroy() }
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
