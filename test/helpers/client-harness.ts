/** A real server that a test leads by hand, a clock that only the test moves, and a client between them. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Test } from 'tap'
import { WebSocket, WebSocketServer } from 'ws'
import type { LiveSessionClientOptions, LiveState, LogoutEvent, Timers } from '../../src/client/api.ts'
import { connectLiveSession } from '../../src/client/index.ts'

/** Things in the order they came; `next()` waits for one. */
export class Queue<T> {
  #items: T[] = []
  #takers: Array<(item: T) => void> = []

  push (item: T): void {
    const taker = this.#takers.shift()
    if (taker) taker(item)
    else this.#items.push(item)
  }

  async next (): Promise<T> {
    return this.#items.length > 0 ? this.#items.shift()! : await new Promise((resolve) => { this.#takers.push(resolve) })
  }

  get size (): number { return this.#items.length }
}

/** Time that stands still until `advance()`. */
export class Clock implements Timers {
  #now = 1_000_000
  #timers = new Set<{ at: number, run: () => void }>()

  now = (): number => this.#now

  setTimeout = (run: () => void, ms: number): unknown => {
    const timer = { at: this.#now + ms, run }
    this.#timers.add(timer)
    return timer
  }

  clearTimeout = (timer: unknown): void => { this.#timers.delete(timer as { at: number, run: () => void }) }

  /** Milliseconds to each timer that is set. */
  get pending (): number[] { return [...this.#timers].map(({ at }) => at - this.#now) }

  /** Passes time without running what is due, as a sleeping computer does. */
  sleep (ms: number): void { this.#now += ms }

  advance (ms: number): void {
    this.#now += ms
    for (const timer of [...this.#timers]) {
      if (timer.at > this.#now) continue
      this.#timers.delete(timer)
      timer.run()
    }
  }
}

/** The server's end of one socket. */
export class Peer {
  readonly received = new Queue<Record<string, unknown>>()
  readonly closed: Promise<number>
  readonly ws: WebSocket
  readonly request: IncomingMessage

  constructor (ws: WebSocket, request: IncomingMessage) {
    this.ws = ws
    this.request = request
    ws.on('message', (data) => { this.received.push(JSON.parse(String(data)) as Record<string, unknown>) })
    ws.on('error', () => {})
    this.closed = once(ws, 'close').then(([code]) => code as number)
  }

  send (message: unknown): this {
    this.ws.send(typeof message === 'string' ? message : JSON.stringify(message))
    return this
  }

  welcome (sessionId = 'session-1'): this {
    return this.send({ type: 'welcome', sessionId, heartbeatMs: 25_000, serverTime: '2026-11-23T00:00:00.000Z' })
  }

  logout (fields: Record<string, unknown> = {}): this {
    return this.send({ type: 'logout', eventId: 'event-1', sessionId: 'session-1', reason: 'revoked_by_user', at: '2026-11-23T00:00:01.000Z', ...fields })
  }
}

/** One `GET /sessions/current` that waits for its answer. */
export interface Question {
  url: string
  headers: IncomingHttpHeaders
  /** The client gave up before the answer. */
  abandoned: Promise<void>
  answer (status: number, body?: unknown, headers?: Record<string, string>): void
}

export async function startServer (t: Test) {
  const peers = new Queue<Peer>()
  const questions = new Queue<Question>()
  const handshakes = new Queue<string>()
  let onUpgrade: (accept: () => void, socket: Duplex) => void = (accept) => { accept() }
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...offered][0] ?? false })
  const server = createServer((request, response) => {
    questions.push({
      url: request.url ?? '',
      headers: request.headers,
      abandoned: once(response, 'close').then(() => {}),
      answer: (status, body = {}, headers = {}) => {
        response.writeHead(status, { 'content-type': 'application/json', ...headers })
        response.end(typeof body === 'string' ? body : JSON.stringify(body))
      }
    })
  })
  server.on('upgrade', (request, socket, head) => {
    handshakes.push(request.headers['sec-websocket-protocol'] ?? '')
    onUpgrade(() => { sockets.handleUpgrade(request, socket, head, (ws) => { peers.push(new Peer(ws, request)) }) }, socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const ws of sockets.clients) ws.terminate()
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** The sockets that were accepted. */
    peers,
    questions,
    /** The subprotocols offered by every handshake, accepted or not. */
    handshakes,
    /** From now on handshakes get this status instead. */
    refuse: (status: number) => { onUpgrade = (_, socket) => { socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`) } },
    /** From now on handshakes wait until the returned queue gives the way to accept them. */
    hold: () => {
      const held = new Queue<() => void>()
      onUpgrade = (accept, socket) => {
        socket.on('error', () => {})
        held.push(accept)
      }
      return held
    },
    accept: () => { onUpgrade = (accept) => { accept() } }
  }
}

/** A client with `ws`, the global fetch, a clock of the test's and a random number of one half. */
export function connectClient (t: Test, url: string, options: Partial<LiveSessionClientOptions> = {}) {
  const clock = new Clock()
  const logouts = new Queue<LogoutEvent>()
  const changes = new Queue<true>()
  const states: LiveState[] = []
  const waiters = new Set<() => void>()
  let hurry = (): void => {}
  let awake = true
  const live = connectLiveSession({
    url,
    WebSocket,
    random: () => 0.5,
    timers: clock,
    wakeUps: (callback) => {
      hurry = callback
      return () => { awake = false }
    },
    onLogout: (event) => { logouts.push(event) },
    onChange: () => { changes.push(true) },
    ...options,
    onStateChange: (state) => {
      states.push(state)
      for (const waiter of waiters) waiter()
      options.onStateChange?.(state)
    }
  })
  t.teardown(() => { live.close() })
  return {
    live,
    clock,
    logouts,
    changes,
    /** Every state after the first one. */
    states,
    hurry: () => { hurry() },
    /** Whether it still listens to wake-ups. */
    awake: () => awake,
    /** Resolves as soon as the client is in this state. */
    reached: async (state: LiveState): Promise<void> => {
      while (live.state !== state) {
        await new Promise<void>((resolve) => {
          const waiter = (): void => {
            waiters.delete(waiter)
            resolve()
          }
          waiters.add(waiter)
        })
      }
    }
  }
}

export const REVOKED = {
  statusCode: 401,
  code: 'SESSION_REVOKED',
  error: 'Unauthorized',
  message: 'Session expired or revoked. Please log in again.',
  reason: 'revoked_by_admin'
}

/** Errors that reach the platform's error reporting during a test. */
export function collectReports (t: Test): Queue<unknown> {
  const reports = new Queue<unknown>()
  const scope = globalThis as { reportError?: (error: unknown) => void }
  scope.reportError = (error) => { reports.push(error) }
  t.teardown(() => { delete scope.reportError })
  return reports
}
