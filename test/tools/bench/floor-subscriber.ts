/** The floor's other process: what it hears on a Redis channel goes out as a frame on its one WebSocket. Nothing else. */
import type { AddressInfo } from 'node:net'
import { Redis } from 'ioredis'
import { WebSocketServer } from 'ws'

const [url = '', channel = ''] = process.argv.slice(2)
const subscriber = new Redis(url)
const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
subscriber.on('message', (_channel, text) => {
  for (const socket of server.clients) socket.send(text)
})
await subscriber.subscribe(channel)
process.send?.(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
process.on('disconnect', () => { process.exit() })
