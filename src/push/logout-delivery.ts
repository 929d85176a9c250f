/** The end of one socket: `logout`, the client's acks, the close, and termination of whoever does not answer. */
import type { WebSocket } from 'ws'
import type { Clock, Timer } from '../clock.ts'
import { CLOSE_CODES, type AckMessage, type LogoutMessage } from '../protocol.ts'

export interface DeliveryOptions {
  socket: WebSocket
  message: LogoutMessage
  clock: Clock
  /** The client acknowledged, on this socket: it is authenticated as the session's. */
  onReceipt: (eventId: string) => void
}

/** The socket's last seconds: from the `logout` to its close. */
export interface Delivery {
  /** A frame that came after the logout: only its ack is read. */
  read: (ack: AckMessage | null) => void
  stop: () => void
}

/** How long to wait for `delivered`, and for `wiped`, in ms. */
const DELIVERED_WITHIN_MS = 1_000
const WIPED_WITHIN_MS = 5_000
/** How long a peer may take to answer a close, in ms. */
export const CLOSED_WITHIN_MS = 1_000
/** A close frame has room for 123 bytes of UTF-8, and `ws` throws on more. */
const MAX_CLOSE_REASON = 30

export function deliverLogout ({ socket, message, clock, onReceipt }: DeliveryOptions): Delivery {
  let timer: Timer = clock.setTimer(close, DELIVERED_WITHIN_MS)
  let delivered = false
  let closing = false

  function wait (callback: () => void, ms: number): void {
    timer.cancel()
    timer = clock.setTimer(callback, ms)
  }

  function close (): void {
    if (closing) return
    closing = true
    socket.close(CLOSE_CODES.sessionEnded, message.reason.slice(0, MAX_CLOSE_REASON))
    wait(() => { socket.terminate() }, CLOSED_WITHIN_MS)
  }

  socket.send(JSON.stringify(message), () => {})

  return {
    read (ack) {
      if (ack === null || ack.eventId !== message.eventId || closing) return
      if (!delivered) {
        delivered = true
        onReceipt(ack.eventId)
        if (ack.state === 'delivered' && ack.wiping === true) {
          wait(close, WIPED_WITHIN_MS)
          return
        }
      }
      if (ack.state === 'wiped' || ack.wiping !== true) close()
    },
    stop () { timer.cancel() }
  }
}
