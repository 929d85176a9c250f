/** The receipt of a logout, sent on the socket that brought it. */
import type { AckMessage } from '../protocol.ts'
import type { SocketLike } from './api.ts'

const OPEN = 1

/**
 * Sends an ack while the socket is open (later, browsers only write to the console); without one the server knows that
 * it does not know.
 */
export function acknowledge (socket: SocketLike, ack: Omit<AckMessage, 'type'>): void {
  if (socket.readyState === OPEN) socket.send(JSON.stringify({ type: 'ack', ...ack }))
}
