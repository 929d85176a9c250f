/** A peer that reads nothing (R28) is cut once so much lies unread, whatever it makes the node send; the node's memory stays flat. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { WebSocket, WebSocketServer } from 'ws'
import { systemClock } from '../../src/clock.ts'
import { createSessionSocket } from '../../src/push/session-socket.ts'
import { buildApp } from '../helpers/app.ts'
import { logIn } from '../helpers/device.ts'
import { connectTo, requestHead } from '../helpers/wire.ts'

/** What PROTOCOL.md says, and one message more. */
const MOST_UNREAD = 262_144 + 1_024
const MEGABYTE = 1_048_576

t.test('R28: messages to a peer that reads none of them are kept up to 256 KB, then it is cut', async (t) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  t.teardown(() => { server.close() })
  await once(server, 'listening')
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  client.on('error', () => {})
  t.teardown(() => { client.terminate() })
  const [socket] = await once(server, 'connection') as [WebSocket]
  const closed = once(socket, 'close')
  const entry = createSessionSocket({
    socket,
    session: { id: 'a', userId: 'anna', expiresAt: Date.now() + 3_600_000 },
    clock: systemClock,
    onReceipt: () => {},
    onClose: () => {},
    onExpired: () => {}
  })
  entry.send({ type: 'welcome', sessionId: 'a', heartbeatMs: 25_000, serverTime: '' })
  await once(client, 'message')
  client.pause()
  let most = 0
  for (let sent = 0; socket.readyState === WebSocket.OPEN && sent < 2_000_000; sent++) {
    entry.send({ type: 'sessions_changed' })
    most = Math.max(most, socket.bufferedAmount)
    // The kernel takes its share only between our turns.
    if (sent % 1_000 === 0) await setImmediate()
  }
  t.not(socket.readyState, WebSocket.OPEN, 'it was cut')
  client.terminate()
  t.ok(most > 0 && most <= MOST_UNREAD, `${most} bytes lay unread at most`)
  await closed
})

t.test('R28: nor can a peer make the node keep answers to pings that it never reads', async (t) => {
  // No renewal and no heartbeat comes meanwhile: what they send would find the unread answers, and cut the peer for them.
  const { address } = await buildApp(t, { options: { leaseMs: 300_000, renewalMs: 100_000 } })
  const [device, other] = [await logIn(address), await logIn(address)]
  const lively = await other.connect()
  const connection = connectTo(address)
  // It is reset, which is an error; that is what it is to be.
  connection.on('error', () => {})
  const gone = new Promise<void>((resolve) => { connection.once('close', () => { resolve() }) })
  connection.write(requestHead('GET', '/api/sessions/socket', {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-protocol': `live-sessions.v1, bearer.${device.token}`
  }))
  await once(connection, 'data')
  connection.pause()
  // A masked ping of 125 bytes; the mask is zero.
  const ping = Buffer.concat([Buffer.from([0x89, 0x80 | 125, 0, 0, 0, 0]), Buffer.alloc(125, 'x')])
  const pings = Buffer.concat(Array.from({ length: 2_000 }, () => ping))
  const before = process.memoryUsage().arrayBuffers + process.memoryUsage().external
  let written = 0
  while (!connection.destroyed && written < 64 * MEGABYTE) {
    written += pings.length
    const drained = new Promise<void>((resolve) => { connection.once('drain', resolve) })
    if (!connection.write(pings)) await Promise.race([drained, gone])
  }
  connection.destroy()
  await gone
  t.ok(written < 64 * MEGABYTE, `it was cut after ${written} bytes`)
  t.ok(process.memoryUsage().arrayBuffers + process.memoryUsage().external - before < 64 * MEGABYTE, 'and nothing has grown by what it sent')
  await device.ask('PATCH', `/api/sessions/${device.id}`, { body: { deviceName: 'x' } })
  t.ok(await lively.next('sessions_changed'), 'others notice nothing')
})
