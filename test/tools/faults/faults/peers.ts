/** Clients that behave as badly as networks let them: they may cost themselves their socket, and nobody else anything. */
import { createConnection, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Fault } from '../fault.ts'
import type { TestSession } from '../history.ts'
import { Link } from '../link.ts'
import { handshakeText, openRawSocket, type RawSocket } from '../raw-socket.ts'
import type { Scene } from '../scene.ts'

const EACH = 30
const RESETS = 500
const RESETS_AT_ONCE = 50
const HALF_HANDSHAKES = 1_000
const RECONNECTS = 10_000
const RECONNECTS_AT_ONCE = 400
const REVOKED_OF_THEM = 60

/** Ends these sessions one by one, many at a time. */
async function revokeAll ({ revoker, world }: Scene, sessions: readonly TestSession[], kind: string): Promise<void> {
  await Promise.all(sessions.map((session, index) =>
    revoker.revoke(kind, index % world.nodes.length, { method: 'POST', path: `/revoke/${session.id}` }, [session])))
}

async function newSessions ({ population }: Scene, count: number): Promise<TestSession[]> {
  return (await population.insert(count, 0)).map(({ keeper }) => keeper)
}

export const peerFaults: Fault[] = [{
  name: 'silent-peers',
  title: 'Half-open sockets, stopped readers, peers that never answer a close',
  async run (scene) {
    const { world, history } = scene
    const sessions = await newSessions(scene, 3 * EACH)
    const links = await Promise.all(world.nodes.map(({ process }) => Link.open(process.port)))
    const peers = sessions.map((session, index) => {
      const node = index % world.nodes.length
      const port = index < EACH ? links[node]?.port : world.nodes[node]?.clients.port
      return openRawSocket(history, port ?? 0, node, session)
    })
    const welcomed = (await Promise.all(peers.map((peer) => peer.welcomed))).filter(Boolean).length
    if (welcomed < peers.length) history.found.push(`only ${welcomed} of ${peers.length} sockets were welcomed`)
    for (const link of links) link.hold()
    const readers = peers.slice(EACH, 2 * EACH)
    for (const { socket } of readers) socket.pause()
    await revokeAll(scene, sessions, 'silent peer')
    await delay(5_000)
    for (const link of links) link.heal('late')
    for (const { socket } of readers) socket.resume()
    await delay(500)
    for (const { socket } of peers) socket.destroy()
    await Promise.all(links.map((link) => link.close()))
  }
}, {
  name: 'reset-in-handshake',
  title: `TCP reset during the handshake's hook, ${RESETS} times, while PostgreSQL takes 200 ms`,
  async run (scene) {
    const { world } = scene
    for (const { postgres } of world.nodes) postgres.delayMs = 200
    const sessions = await newSessions(scene, RESETS)
    for (let begin = 0; begin < RESETS; begin += RESETS_AT_ONCE) {
      await Promise.all(sessions.slice(begin, begin + RESETS_AT_ONCE).map(async ({ token }, index) => {
        const socket = createConnection({ port: world.nodes[index % world.nodes.length]?.process.port ?? 0, host: '127.0.0.1' })
        socket.on('error', () => {})
        socket.write(handshakeText(token))
        await delay(20 + Math.random() * 250)
        socket.resetAndDestroy()
      }))
    }
    for (const { postgres } of world.nodes) postgres.delayMs = 0
  }
}, {
  name: 'half-handshakes',
  title: `${HALF_HANDSHAKES} handshakes that stop in the middle`,
  async run (scene) {
    const { world, population, holdMs } = scene
    const text = handshakeText(population.sign('00000000-0000-4000-8000-000000000000', 'nobody'))
    const sockets: Socket[] = []
    for (let index = 0; index < HALF_HANDSHAKES; index++) {
      const socket = createConnection({ port: world.nodes[index % world.nodes.length]?.process.port ?? 0, host: '127.0.0.1' })
      socket.on('error', () => {})
      socket.write(text.slice(0, 1 + Math.floor(Math.random() * (text.length - 3))))
      sockets.push(socket)
      if (index % 100 === 0) await delay(10)
    }
    await delay(holdMs)
    for (const socket of sockets) socket.resetAndDestroy()
  }
}, {
  name: 'reconnect-storm',
  title: `${RECONNECTS.toLocaleString('en')} devices reconnect at once`,
  load: { requests: 100, revocations: 5 },
  async run (scene) {
    const { world, history, say } = scene
    const sessions: TestSession[] = []
    while (sessions.length < RECONNECTS) sessions.push(...await newSessions(scene, 2_000))
    const began = performance.now()
    const open: RawSocket[] = []
    let next = 0
    let welcomed = 0
    // Past the proxies: they would need three descriptors a socket.
    await Promise.all(Array.from({ length: RECONNECTS_AT_ONCE }, async () => {
      while (next < sessions.length) {
        const session = sessions[next] as TestSession
        const node = next++ % world.nodes.length
        const peer = openRawSocket(history, world.nodes[node]?.process.port ?? 0, node, session)
        open.push(peer)
        if (await peer.welcomed) welcomed++
      }
    }))
    say(`${welcomed} sockets in ${((performance.now() - began) / 1_000).toFixed(1)} s`)
    if (welcomed < RECONNECTS) history.found.push(`only ${welcomed} of ${RECONNECTS} devices were welcomed`)
    await revokeAll(scene, sessions.slice(0, REVOKED_OF_THEM), 'among many sockets')
    // Those that were not ended are still open: recorded as such before they leave.
    await delay(3_000)
    const lost = open.slice(REVOKED_OF_THEM).filter(({ socket }) => socket.destroyed || socket.readableEnded).length
    if (lost > 0) history.found.push(`${lost} sockets of living sessions were closed`)
    for (const { socket } of open) socket.resetAndDestroy()
  }
}, {
  name: 'close-with-silent-sockets',
  title: 'close() with sockets that answer nothing',
  async run (scene) {
    const { world, history, say } = scene
    const node = world.nodes[2]
    for (let round = 0; round < 3; round++) {
      const peers = (await newSessions(scene, EACH)).map((session) => openRawSocket(history, node.clients.port, node.index, session))
      const welcomed = (await Promise.all(peers.map((peer) => peer.welcomed))).filter(Boolean).length
      const over = history.impair(node.index)
      const { code, ms } = await node.process.close()
      say(`${welcomed} of ${EACH} sockets open, closed in ${ms.toFixed()} ms with ${code}`)
      if (code !== 0 || ms > 5_000) history.found.push(`G10: SIGTERM took ${ms.toFixed()} ms and gave ${code}`)
      for (const { socket } of peers) socket.destroy()
      await node.process.start()
      over()
    }
  }
}]
