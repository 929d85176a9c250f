/** A TCP proxy that cuts the WebSockets that go through it and leaves other requests alone, as some networks do; its target may change. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Test } from 'tap'

export interface KillingProxy {
  address: string
  /** WebSocket handshakes passed on so far. */
  handshakes: () => number
  /** Cuts all WebSockets that go through now; says how many. */
  kill: () => number
  /** From now on, connections go to this address; those that there are stay. */
  leadTo: (address: string) => void
}

export async function startKillingProxy (t: Pick<Test, 'teardown'>, target: string): Promise<KillingProxy> {
  const connections = new Set<Socket>()
  const webSockets = new Set<Socket>()
  let port = Number(new URL(target).port)
  let handshakes = 0
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const socket of [near, far]) {
      connections.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        connections.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.on('data', (chunk: Buffer) => {
      // a handshake fits in one packet here, and nothing else begins with this path
      if (webSockets.has(near) || !/^GET \S+\/sessions\/socket HTTP\/1\.1\r\n[^]*\r\nupgrade: websocket\r\n/i.test(chunk.toString('latin1'))) return
      handshakes++
      webSockets.add(near)
      near.on('close', () => { webSockets.delete(near) })
    })
    near.pipe(far)
    far.pipe(near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of connections) socket.destroy()
    server.close()
  })
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    handshakes: () => handshakes,
    kill () {
      const count = webSockets.size
      for (const socket of webSockets) socket.destroy()
      return count
    },
    leadTo (address) { port = Number(new URL(address).port) }
  }
}
