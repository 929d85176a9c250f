/** A TCP link that the test can break: connections that go through it may fall silent for good, as behind a firewall that forgot them. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import type { Test } from 'tap'

export interface Link {
  port: number
  /** From now on, connections open and new, carry nothing in either direction. */
  swallow: () => void
  /** New connections work again; those that were there or made meanwhile stay silent for ever. */
  healForNew: () => void
  /** Connections made so far. */
  made: () => number
}

export async function startLink (t: Test, targetPort: number): Promise<Link> {
  const sockets = new Set<Socket>()
  let silent = false
  let made = 0
  const silences: Array<() => void> = []
  const server = createServer((near) => {
    made++
    const far = connect(targetPort, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
    }
    const fallSilent = (): void => {
      near.unpipe(far).on('data', () => {})
      far.unpipe(near).on('data', () => {})
    }
    near.pipe(far)
    far.pipe(near)
    silences.push(fallSilent)
    if (silent) fallSilent()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    port: (server.address() as AddressInfo).port,
    swallow () {
      silent = true
      for (const fallSilent of silences.splice(0)) fallSilent()
    },
    healForNew () { silent = false },
    made: () => made
  }
}
