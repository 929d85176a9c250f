/** A simulated WebSocket with a device at its other end: as much of `ws` as the product uses. */
import { EventEmitter } from 'node:events'
import type { WebSocket } from 'ws'
import type { ServerMessage } from '../../../src/protocol.ts'
import type { Machine } from './machine.ts'
import type { World } from './world.ts'

export interface DeviceSocket {
  readonly session: string
  readonly machine: Machine
  /** How often it was told its end. */
  logouts: number
  /** Not closed yet. */
  readonly open: boolean
  /** Open, not closing, and not told its end. */
  readonly live: boolean
  /** The device sends something; what it is, is said when the node takes it from the socket. */
  send: (content: () => unknown) => void
  readonly socket: WebSocket
}

export interface DeviceSocketOptions {
  world: World
  machine: Machine
  session: string
  /** A device that never answers anything. */
  silent: boolean
  onMessage: (message: ServerMessage) => void
}

const ANSWERS_AFTER_MS = 20
const OPEN = 1
const CLOSING = 2
const CLOSED = 3

export function createDeviceSocket ({ world, machine, session, silent, onMessage }: DeviceSocketOptions): DeviceSocket {
  let state: number = OPEN

  function finish (): void {
    if (state === CLOSED) return
    state = CLOSED
    machine.receive(() => { socket.emit('close', 1006, Buffer.alloc(0)) })
  }

  function answer (task: () => void): void {
    if (!silent) world.later(ANSWERS_AFTER_MS, () => { machine.receive(task) })
  }

  function send (content: () => unknown): void {
    machine.receive(() => {
      if (state === OPEN) socket.emit('message', Buffer.from(JSON.stringify(content())), false)
    })
  }

  const socket = Object.assign(new EventEmitter(), {
    OPEN,
    bufferedAmount: 0,
    send (text: string) {
      if (state !== OPEN) return
      const message = JSON.parse(text) as ServerMessage
      onMessage(message)
      if (message.type === 'logout') answer(() => { send(() => ({ type: 'ack', eventId: message.eventId, state: 'delivered' })) })
    },
    ping () { answer(() => { socket.emit('pong') }) },
    close () {
      if (state !== OPEN) return
      state = CLOSING
      answer(finish)
    },
    terminate: finish
  })
  Object.defineProperty(socket, 'readyState', { get: () => state })

  const device: DeviceSocket = {
    session,
    machine,
    logouts: 0,
    get open () { return state !== CLOSED },
    get live () { return state === OPEN && device.logouts === 0 },
    send,
    socket: socket as unknown as WebSocket
  }
  return device
}
