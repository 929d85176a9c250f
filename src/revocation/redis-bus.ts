/** The bus over Redis pub/sub: own resubscription on every `ready`, and a beacon that notices a subscriber gone silent. */
import { randomUUID, type KeyObject } from 'node:crypto'
import { Redis, type RedisOptions } from 'ioredis'
import type { RedisLike } from '../app-instances.ts'
import type { Clock, Timer } from '../clock.ts'
import { decodeMessage, encodeMessage, type BusMessage } from './bus-message.ts'
import type { Ack, Bus, BusHandlers, Wake } from './bus.ts'

export interface RedisBusOptions {
  /** A URL, or the app's own client: then its options are used for connections of ours. */
  redis: string | RedisLike
  /** Apps that share a Redis have different ones: pub/sub knows no database numbers. */
  prefix: string
  /** HMAC keys; the first signs, all verify. */
  keys: readonly [KeyObject, ...KeyObject[]]
  /** A beacon goes out this often; three unheard ones and the subscriber connects anew. In ms. */
  beaconMs: number
  clock: Clock
  onError: (error: unknown) => void
}

const CONNECT_TIMEOUT_MS = 2_000
/** Connecting and subscribing may take so long; a link that swallowed them would leave both waiting for ever. */
const SUBSCRIBED_WITHIN_MS = 3_000
const MAX_RECONNECT_DELAY_MS = 500

/** A message that can't go now is lost: late, it would only cost a needless read. Of a link that swallows them the beacon tells. */
const PUBLISHER: RedisOptions = {
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0
}
/** ioredis says `ready` before its own resubscription is through: ours is awaited. */
const SUBSCRIBER: RedisOptions = { autoResubscribe: false, maxRetriesPerRequest: null }
const BOTH: RedisOptions = {
  lazyConnect: true,
  connectTimeout: CONNECT_TIMEOUT_MS,
  retryStrategy: (times) => Math.min(times * 50, MAX_RECONNECT_DELAY_MS)
}

export class RedisBus implements Bus {
  readonly address = randomUUID()
  readonly #options: RedisBusOptions
  readonly #publisher: Redis
  readonly #subscriber: Redis
  readonly #wakes: string
  #handlers: BusHandlers | null = null
  #subscribed = false
  #beaconTimer: Timer | null = null
  #heardAt: number
  #closed = false
  /** Messages that were dropped: not signed by us, or malformed. */
  dropped = 0

  constructor (options: RedisBusOptions) {
    this.#options = options
    this.#wakes = `${options.prefix}:wake`
    this.#heardAt = options.clock.monotonic()
    this.#publisher = connection(options.redis, PUBLISHER)
    this.#subscriber = connection(options.redis, SUBSCRIBER)
    for (const client of [this.#publisher, this.#subscriber]) client.on('error', options.onError)
    this.#subscriber.on('ready', () => { void this.#subscribe() })
    this.#subscriber.on('close', () => {
      this.#subscribed = false
      this.#heardAt = options.clock.monotonic()
    })
    this.#subscriber.on('message', (_channel: string, text: string) => { this.#receive(text) })
  }

  /** Waits for the subscription, but not for ever: without Redis the node is slower, not wrong. */
  async start (handlers: BusHandlers): Promise<void> {
    this.#handlers = handlers
    for (const client of [this.#publisher, this.#subscriber]) client.connect().catch(this.#options.onError)
    this.#beat()
    await new Promise<void>((resolve) => {
      const timer = this.#options.clock.setTimer(resolve, CONNECT_TIMEOUT_MS)
      this.#subscriber.once('subscribed', () => {
        timer.cancel()
        resolve()
      })
    })
  }

  sendWake (body: Wake): void {
    this.#publish(this.#wakes, { kind: 'wake', body })
  }

  sendAck (address: string, body: Ack): void {
    this.#publish(this.#channelOf(address), { kind: 'ack', body })
  }

  healthy (): boolean {
    return this.#subscribed && !this.#isSilent() && this.#publisher.status === 'ready'
  }

  async close (): Promise<void> {
    this.#closed = true
    this.#subscribed = false
    this.#handlers = null
    this.#beaconTimer?.cancel()
    for (const client of [this.#publisher, this.#subscriber]) client.disconnect()
  }

  #channelOf (address: string): string {
    return `${this.#options.prefix}:node:${address}`
  }

  #publish (channel: string, message: BusMessage): void {
    if (this.#publisher.status !== 'ready') return
    this.#publisher.publish(channel, encodeMessage(message, this.#options.keys)).catch(this.#options.onError)
  }

  async #subscribe (): Promise<void> {
    try {
      await this.#subscriber.subscribe(this.#wakes, this.#channelOf(this.address))
    } catch (error) {
      this.#options.onError(error)
      if (!this.#closed) this.#subscriber.disconnect(true)
      return
    }
    if (this.#closed) return
    this.#subscribed = true
    this.#heardAt = this.#options.clock.monotonic()
    this.#subscriber.emit('subscribed')
    this.#handlers?.resumed()
  }

  #receive (text: string): void {
    const message = decodeMessage(text, this.#options.keys)
    if (message === null) this.dropped++
    else if (message.kind === 'wake') this.#handlers?.wake(message.body)
    else if (message.kind === 'ack') this.#handlers?.ack(message.body)
    else this.#heardAt = this.#options.clock.monotonic()
  }

  #isSilent (): boolean {
    const patience = 3 * this.#options.beaconMs
    return this.#options.clock.monotonic() - this.#heardAt > (this.#subscribed ? patience : Math.max(patience, SUBSCRIBED_WITHIN_MS))
  }

  #beat (): void {
    if (this.#closed) return
    if (this.#isSilent()) {
      // A dead peer shows on neither connection by itself, nor while they are being made: both start anew.
      this.#heardAt = this.#options.clock.monotonic()
      // The old connections may take their time to close: nothing is heard of them any more.
      this.#subscribed = false
      this.#subscriber.disconnect(true)
      this.#publisher.disconnect(true)
    }
    this.#publish(this.#channelOf(this.address), { kind: 'beacon', body: { nonce: randomUUID() } })
    this.#beaconTimer = this.#options.clock.setTimer(() => { this.#beat() }, this.#options.beaconMs)
  }
}

function connection (redis: string | RedisLike, options: RedisOptions): Redis {
  const all = { ...BOTH, ...options }
  return typeof redis === 'string' ? new Redis(redis, all) : (redis as Redis).duplicate(all)
}
