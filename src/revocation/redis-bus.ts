/**
 * The bus over Redis pub/sub: own resubscription on every `ready`, and a beacon that notices a subscriber gone silent.
 * Long, because whether messages come through is one state, of two connections, the beacon and the start.
 */
import { randomUUID, type KeyObject } from 'node:crypto'
import type { RedisOptions } from 'ioredis'
import type { RedisLike } from '../app/instances.ts'
import type { Clock, Timer } from '../clock.ts'
import { decodeMessage, encodeMessage, type BusMessage } from './bus-message.ts'
import type { Ack, Bus, BusHandlers, Wake } from './bus.ts'
import { openRedis, redisAddress, speaksTls, type RedisConnection } from './redis-connection.ts'
import { redisProblem, type RedisAddress, type RedisProblem } from './redis-problems.ts'
import { StartProblem } from '../errors.ts'

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
  /** Said once when messages do not come through any more, with the reason; and once when they do again (null). */
  onLink: (lost: RedisProblem | null) => void
}

/** The start waits no longer than this. */
const START_WITHIN_MS = 2_000
/** Connecting and subscribing may take so long; a link that swallowed them would leave both waiting for ever. */
const SUBSCRIBED_WITHIN_MS = 3_000
/**
 * A message that can't go now is lost: late, it would only cost a needless read. Of a link that swallows them the
 * beacon tells.
 */
const PUBLISHER: RedisOptions = {
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0
}
/** ioredis says `ready` before its own resubscription is through: ours is awaited. */
const SUBSCRIBER: RedisOptions = { autoResubscribe: false, maxRetriesPerRequest: null }
export class RedisBus implements Bus {
  readonly address = randomUUID()
  readonly #options: RedisBusOptions
  readonly #publisher: RedisConnection
  readonly #subscriber: RedisConnection
  readonly #place: RedisAddress
  readonly #wakes: string
  #handlers: BusHandlers | null = null
  #subscribed = false
  #beaconTimer: Timer | null = null
  #heardAt: number
  #closed = false
  /** Whether messages come through, as it was last said; null before the first word. */
  #through: boolean | null = null
  /** When the last connection was closed before Redis had answered anything; null once it has. */
  #hungUpAt: number | null = null
  /** A connection closed while it carried our password or database number: so does a proxy's whose Redis is away. */
  #cutOff = false
  /** What the driver said last. */
  #reason: unknown = null
  /** Whoever waits for the first message, or for a refusal. */
  #started: ((problem: RedisProblem | null) => void) | null = null

  constructor (options: RedisBusOptions) {
    this.#options = options
    this.#wakes = `${options.prefix}:wake`
    this.#heardAt = options.clock.monotonic()
    this.#place = { place: redisAddress(options.redis), tls: speaksTls(options.redis) }
    this.#publisher = openRedis(options.redis, PUBLISHER)
    this.#subscriber = openRedis(options.redis, SUBSCRIBER)
    for (const client of [this.#publisher, this.#subscriber]) {
      client.on('error', (error: unknown) => { this.#failed(error) })
      let ready = false
      let connected = false
      client.on('connect', () => { connected = true })
      client.on('ready', () => {
        ready = true
        this.#hungUpAt = null
      })
      client.on('close', () => {
        if (connected && !ready) this.#hungUpAt = options.clock.monotonic()
        connected = ready = false
        this.#lost()
      })
    }
    this.#publisher.on('ready', () => { this.#sendBeacon() })
    this.#subscriber.on('ready', () => { void this.#subscribe() })
    this.#subscriber.on('close', () => {
      this.#subscribed = false
      this.#heardAt = options.clock.monotonic()
    })
    this.#subscriber.on('message', (_channel: string, text: string) => { this.#receive(text) })
  }

  /**
   * Waits for the first message to come through, but not for ever: without Redis the node is slower, not wrong. Rejects
   * with SESSION_REDIS_REFUSED where Redis answers and will not have us: that never heals by itself.
   */
  async start (handlers: BusHandlers): Promise<void> {
    this.#handlers = handlers
    const first = new Promise<RedisProblem | null>((resolve) => { this.#started = resolve })
    const timer = this.#options.clock.setTimer(() => {
      // To the very end: not one that was just stopping, or is starting.
      const lately = this.#options.clock.monotonic() - START_WITHIN_MS / 2
      if (this.#hungUpAt !== null && this.#hungUpAt > lately && isHangUp(this.#reason)) {
        if (!this.#cutOff) return this.#failed(silence('HANGS_UP'))
      } else this.#reason ??= silence('SILENT')
      const started = this.#started
      this.#started = null
      this.#lost()
      started?.(null)
    }, START_WITHIN_MS)
    // What goes wrong comes as an event, too.
    for (const client of [this.#publisher, this.#subscriber]) client.connect().catch(() => {})
    this.#beat()
    const problem = await first
    timer.cancel()
    this.#started = null
    if (problem === null) return
    await this.close()
    throw new StartProblem('SESSION_REDIS_REFUSED', { option: 'option "redis"', ...problem })
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
    this.#publisher.publish(channel, encodeMessage(message, this.#options.keys)).catch((error: unknown) => {
      this.#failed(error)
    })
  }

  async #subscribe (): Promise<void> {
    try {
      await this.#subscriber.subscribe(this.#wakes, this.#channelOf(this.address))
    } catch (error) {
      this.#failed(error)
      if (!this.#closed) this.#subscriber.disconnect(true)
      return
    }
    if (this.#closed) return
    this.#subscribed = true
    this.#heardAt = this.#options.clock.monotonic()
    this.#sendBeacon()
    this.#handlers?.resumed()
  }

  #receive (text: string): void {
    const message = decodeMessage(text, this.#options.keys)
    // Not signed by us, or malformed.
    if (message === null) return
    if (message.kind === 'wake') this.#handlers?.wake(message.body)
    else if (message.kind === 'ack') this.#handlers?.ack(message.body)
    else this.#heard()
  }

  /** A beacon has come back: messages come through. */
  #heard (): void {
    this.#heardAt = this.#options.clock.monotonic()
    this.#reason = null
    this.#started?.(null)
    if (this.#through === false) this.#options.onLink(null)
    this.#through = true
  }

  /** What the driver says is the reason of what it does next. */
  #failed (error: unknown): void {
    if (this.#closed) return
    const consequence = isConsequence(error)
    if (consequence) this.#cutOff ||= (error as Error).name === 'MaxRetriesPerRequestError'
    this.#reason = consequence ? null : error
    const problem = redisProblem(this.#reason, this.#place)
    if (problem.refused && this.#started !== null) this.#started(problem)
    else this.#lost()
  }

  #lost (): void {
    if (this.#closed || this.#through === false) return
    const problem = redisProblem(this.#reason, this.#place)
    // A start that fails says so itself; and whether a hang-up is one of many shows at its end.
    if (this.#started !== null && (problem.refused || isHangUp(this.#reason))) return
    this.#through = false
    this.#options.onLink(problem)
  }

  #isSilent (): boolean {
    const patience = 3 * this.#options.beaconMs
    return this.#options.clock.monotonic() - this.#heardAt >
      (this.#subscribed ? patience : Math.max(patience, SUBSCRIBED_WITHIN_MS))
  }

  #sendBeacon (): void {
    this.#publish(this.#channelOf(this.address), { kind: 'beacon', body: { nonce: randomUUID() } })
  }

  #beat (): void {
    if (this.#closed) return
    if (this.#isSilent()) {
      // A dead peer shows on neither connection by itself, nor while they are being made: both start anew.
      this.#heardAt = this.#options.clock.monotonic()
      // The old connections may take their time to close: nothing is heard of them any more.
      this.#subscribed = false
      this.#reason ??= silence('SILENT')
      this.#lost()
      this.#subscriber.disconnect(true)
      this.#publisher.disconnect(true)
    }
    this.#sendBeacon()
    this.#beaconTimer = this.#options.clock.setTimer(() => { this.#beat() }, this.#options.beaconMs)
  }
}

function silence (code: 'SILENT' | 'HANGS_UP'): Error {
  return Object.assign(new Error('no answer'), { code })
}

/** Whether the other side cut, or closed: which one comes is chance. */
function isHangUp (reason: unknown): boolean {
  if (!(reason instanceof Error)) return true
  return 'code' in reason && (reason.code === 'ECONNRESET' || reason.code === 'EPIPE')
}

/**
 * What ioredis says of the commands that a closed connection took along (AUTH, SELECT), or that came too late for it:
 * no reason of its own.
 */
function isConsequence (error: unknown): boolean {
  return error instanceof Error &&
    (error.name === 'MaxRetriesPerRequestError' || error.message.startsWith("Stream isn't writeable"))
}
