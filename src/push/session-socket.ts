/** One live socket of a session: what it is sent, when it is cut, and how it ends. */
import type { WebSocket } from 'ws'
import type { Clock, Timer } from '../clock.ts'
import { CLOSE_CODES, type LogoutMessage, type ServerMessage } from '../protocol.ts'
import { readFrame } from './frames.ts'
import { CLOSED_WITHIN_MS, deliverLogout, type Delivery } from './logout-delivery.ts'

/** Whose socket it is. */
export interface SocketSession {
  id: string
  userId: string
  /** The absolute end, in ms since 1970. */
  expiresAt: number
  /** False: it waits for a confirmation, by which its end moves; left out, it is confirmed. */
  confirmed?: boolean
}

export interface SessionSocketOptions {
  socket: WebSocket
  session: SocketSession
  clock: Clock
  onReceipt: (sessionId: string, eventId: string) => void
  /** The socket has closed. */
  onClose: () => void
  /** The session's absolute end has come; of one that is not confirmed it may have moved. */
  onExpired: () => void
  /** Takes every frame before its listeners do: for an app's own socket. */
  frameFilter?: (deliver: (values: unknown[]) => void) => (values: unknown[]) => void
}

/** One open socket of a session: ours, or an app's own that it attached. */
export interface SessionSocket {
  readonly session: SocketSession
  send: (message: ServerMessage) => void
  /** Sends `logout`, once; then closes with 4401, and terminates what does not answer. False when it had one before. */
  logout: (message: LogoutMessage) => boolean
  close: (code: number, reason: string) => void
  terminate: () => void
  /** It was confirmed, and lives until then. */
  confirm: (expiresAt: number) => void
  readonly confirmed: boolean
  readonly closed: boolean
  readonly ended: boolean
  /**
   * Its row has to be read: until then nothing of the peer's counts. Gives the function that settles this, unless it
   * was marked again since.
   */
  markUnverified: () => () => void
  readonly unverified: boolean
}

/** A reader that leaves this much unread is terminated, in bytes: it would fill our memory. */
const MAX_UNREAD_BYTES = 262_144
/**
 * The clock by which sessions end is the database's, which may be set: it is looked at again after this long at most.
 * In ms.
 */
const LOOK_AGAIN_MS = 60_000

export function createSessionSocket (
  { socket, session, clock, onReceipt, onClose, onExpired, frameFilter }: SessionSocketOptions
): SessionSocket {
  let delivery: Delivery | null = null
  let closeTimer: Timer | null = null
  let doubt: object | null = null
  let welcomed = false
  let { expiresAt, confirmed = true } = session
  let expiryTimer = expireLater()

  function expireLater (): Timer {
    const left = expiresAt - clock.now()
    return clock.setTimer(() => {
      if (clock.now() >= expiresAt) onExpired()
      else expiryTimer = expireLater()
    }, Math.min(Math.max(left, 0), LOOK_AGAIN_MS))
  }

  // After the logout only its ack is read: whatever else the peer says, no listener hears it.
  const emit = socket.emit
  const deliver = (values: unknown[]): void => {
    if (delivery === null) Reflect.apply(emit, socket, ['message', ...values])
  }
  const take = frameFilter?.(deliver) ?? deliver
  socket.emit = function (event: string | symbol, ...values: unknown[]) {
    if (event !== 'message') return Reflect.apply(emit, this, [event, ...values]) as boolean
    if (delivery === null) take(values)
    else readAck(delivery, values)
    return true
  }
  socket.on('close', () => {
    expiryTimer.cancel()
    closeTimer?.cancel()
    delivery?.stop()
    onClose()
  })

  function terminate (): void {
    socket.terminate()
  }

  return {
    session,
    get ended () { return delivery !== null },
    send (message) {
      if (delivery !== null || socket.readyState !== socket.OPEN) return
      // Nothing comes before `welcome`, which makes the client fetch the list anyway; an app's own socket never gets
      // it.
      if (message.type === 'welcome') welcomed = true
      else if (!welcomed) return
      if (socket.bufferedAmount > MAX_UNREAD_BYTES) terminate()
      else socket.send(JSON.stringify(message), () => {})
    },
    logout (message) {
      if (delivery !== null) return false
      expiryTimer.cancel()
      delivery = deliverLogout({ socket, message, clock, onReceipt: (eventId) => { onReceipt(session.id, eventId) } })
      return true
    },
    close (code, reason) {
      if (delivery !== null && code !== CLOSE_CODES.restart) return
      socket.close(code, reason)
      closeTimer ??= clock.setTimer(terminate, CLOSED_WITHIN_MS)
    },
    terminate,
    confirm (until) {
      if (delivery !== null) return
      expiryTimer.cancel()
      expiresAt = until
      confirmed = true
      expiryTimer = expireLater()
    },
    get confirmed () { return confirmed },
    get closed () { return socket.readyState === socket.CLOSED },
    markUnverified () {
      const mine = {}
      doubt = mine
      return () => { if (doubt === mine) doubt = null }
    },
    get unverified () { return doubt !== null }
  }
}

function readAck (delivery: Delivery, [data, isBinary]: unknown[]): void {
  const frame = readFrame(data as Buffer, isBinary === true)
  delivery.read(frame.kind === 'ack' ? frame.ack : null)
}
