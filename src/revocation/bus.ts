/**
 * The bus: a hint to renew now, and the answer to it. Messages may be lost, doubled, late or reordered; none names a
 * session.
 */

/** To all nodes: something ended, renew now. */
export interface Wake {
  /** A random UUID; the acks repeat it. */
  nonce: string
  /** The incarnation that asks. */
  from: string
  /** The bus address that acks go to. */
  replyTo: string
  /** The transactions it is about, 16 at most; so that acks can say how many sockets they reached. */
  xids: string[]
}

/** Back to the node that asked: a renewal that began after the wake has been applied here. */
export interface Ack {
  nonce: string
  /** The incarnation that asked. */
  to: string
  /** The incarnation that answers. */
  from: string
  /** Sockets that were sent a `logout` for the wake's transactions. */
  notified: number
  /**
   * All nodes, as that renewal read them: after the commit that the wake is about. Empty when they are more than 16.
   */
  nodes: string[]
}

/** What a node does with what it hears. */
export interface BusHandlers {
  wake: (wake: Wake) => void
  ack: (ack: Ack) => void
  /** Messages may have been lost until now: time to look for oneself. */
  resumed: () => void
}

/** One node's end of it: in process, or over Redis. */
export interface Bus {
  /** Where acks to this node go. */
  readonly address: string
  /** Listens from now on; rejects only where it never could. */
  start: (handlers: BusHandlers) => Promise<void>
  /** Never throws and never waits: a message that can't go is lost. */
  sendWake: (wake: Wake) => void
  sendAck: (address: string, ack: Ack) => void
  /** Whether messages seem to arrive. */
  healthy: () => boolean
  close: () => Promise<void>
}

/** Transactions in a wake, and nodes in an ack, at most: a message stays small. */
export const MAX_XIDS = 16
export const MAX_ACK_NODES = 16
