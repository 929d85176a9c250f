/** WebSocket clients by hand: they stop reading, answer nothing, leave in the middle; and cost so little that there can be thousands. */
import { randomBytes } from 'node:crypto'
import { createConnection, type Socket } from 'node:net'
import type { History, TestSession } from './history.ts'

/** The request of a handshake, whole. */
export function handshakeText (token: string): string {
  return 'GET /api/sessions/socket HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n' +
    `sec-websocket-key: ${randomBytes(16).toString('base64')}\r\nsec-websocket-protocol: live-sessions.v1, bearer.${token}\r\n\r\n`
}

export interface RawSocket {
  socket: Socket
  /** Whether `welcome` came. */
  welcomed: Promise<boolean>
}

const REFUSED = /^HTTP\/1\.1 [45]/
/** The answer to the handshake, and the first message. */
const BEGIN_CHARACTERS = 2_000

/** Opens one, which never answers anything; recorded as any other socket. */
export function openRawSocket (history: History, port: number, node: number, session: TestSession): RawSocket {
  const socket = createConnection({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  const entry = { session, node, welcomeAt: Infinity, logouts: [] as number[], closedAt: Infinity, code: 0 }
  const welcomed = new Promise<boolean>((resolve) => {
    let begin = ''
    socket.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1')
      begin = (begin + text).slice(0, BEGIN_CHARACTERS)
      if (entry.welcomeAt === Infinity && begin.includes('"type":"welcome"')) {
        entry.welcomeAt = performance.now()
        history.sockets.push(entry)
        resolve(true)
      } else if (REFUSED.test(begin)) {
        // The node keeps such a connection alive.
        socket.destroy()
      }
      for (let logouts = text.split('"type":"logout"').length; logouts > 1; logouts--) entry.logouts.push(performance.now())
    })
    const over = (): void => {
      entry.closedAt = Math.min(entry.closedAt, performance.now())
      resolve(false)
    }
    socket.on('end', over)
    socket.on('close', over)
  })
  socket.on('error', () => {})
  socket.write(handshakeText(session.token))
  return { socket, welcomed }
}
