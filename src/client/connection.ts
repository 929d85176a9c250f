/**
 * The state machine of one live session: connects, listens, confirms, waits, connects again, until signed out or
 * closed.
 */
import {
  BEARER_SUBPROTOCOL_PREFIX,
  CLOSE_CODES,
  SUBPROTOCOL,
  type LogoutMessage,
  type WelcomeMessage
} from '../protocol.ts'
import type { LiveState, LogoutEvent, Problem, SocketLike } from './api.ts'
import { backoffMs, pauseAfterClose, REFUSED, type Pause } from './backoff.ts'
import { call, report } from './callbacks.ts'
import { confirmSession, CONFIRMATION_MS } from './confirmation.ts'
import { parseMessage } from './messages.ts'
import { hint, UPGRADE_REQUIRED } from './problems.ts'
import { acknowledge } from './receipt.ts'
import type { Settings } from './settings.ts'

/** From the beginning of a connect, the token function included, to its `welcome`. */
const HANDSHAKE_MS = 15_000
/** What a heartbeat may be late. */
const SLACK_MS = 5000
/**
 * Only a socket that held for so long after its `welcome` ends a row of failures: a server that welcomes and closes is
 * not hammered.
 */
const STABLE_MS = 10_000
/**
 * A single socket may be lost by chance: WebSockets do not get through when so many failed in a row, and HTTP did not.
 */
const BLOCKED_AFTER = 3

export interface ConnectionSettings extends Omit<Settings, 'onLogout'> {
  /**
   * The session has ended. Where the server wants to know when the data are erased, it has a receipt to be called then.
   */
  onEnd: (event: LogoutEvent, receipt?: () => void) => void
}

/**
 * At every moment one step is under way, with one timer at most. Every step has a number: what an older step still has
 * to say (a late answer, a late token) is not heard. Likewise only `#socket` is listened to, never one that was left.
 */
export class LiveConnection {
  #state: LiveState = 'connecting'
  #sessionId: string | null = null
  /** The session that this page is of, from its first `welcome` on. */
  #own: string | null
  #socket: SocketLike | null = null
  #step = 0
  #timer: unknown
  #abort: AbortController | null = null
  #failures = 0
  #heartbeatMs = 0
  #welcomedAt: number | null = null
  #heardAt = 0
  #notBefore = 0
  /** The last socket was never open. */
  #refused = true
  /** The problems that the app knows of. */
  readonly #told = new Set<string>()
  readonly #settings: ConnectionSettings
  readonly #stopWakeUps: () => void

  constructor (settings: ConnectionSettings, own: string | null) {
    this.#settings = settings
    this.#own = own
    this.#stopWakeUps = settings.wakeUps(() => { this.#wake() })
    this.#connect()
  }

  get sessionId (): string | null { return this.#sessionId }

  close (): void {
    if (this.#state === 'closed') return
    if (this.#state !== 'signedOut') this.#stopWakeUps()
    this.#leaveSocket()
    this.#begin('closed')
  }

  /** The network was gone: what was open may be dead, and nobody would say so soon. */
  renew (): void {
    if (this.#state !== 'open') return
    this.#leaveSocket()
    this.#connect()
  }

  /** Begins a step: whatever an older one left running is stopped or will not be heard. */
  #begin (state: LiveState): number {
    const step = ++this.#step
    this.#settings.timers.clearTimeout(this.#timer)
    this.#abort?.abort()
    this.#abort = null
    this.#enter(state)
    return step
  }

  #enter (state: LiveState): void {
    if (state === this.#state) return
    this.#state = state
    call(this.#settings.onStateChange, state)
  }

  #after (ms: number, step: number, run: () => void): void {
    // the app may have called close() in onStateChange
    if (step !== this.#step) return
    const { timers } = this.#settings
    timers.clearTimeout(this.#timer)
    this.#timer = timers.setTimeout(run, ms)
  }

  async #connect (): Promise<void> {
    const step = this.#begin('connecting')
    if (step !== this.#step) return
    this.#refused = true
    this.#heardAt = this.#settings.timers.now()
    this.#watch(HANDSHAKE_MS)
    const token = await this.#token(step)
    if (token === undefined) return
    try {
      this.#listen(new this.#settings.WebSocket(
        this.#settings.socketUrl,
        token === null ? [SUBPROTOCOL] : [SUBPROTOCOL, BEARER_SUBPROTOCOL_PREFIX + token]
      ))
    } catch (error) {
      report(error)
      this.#lost(null)
    }
  }

  /** Null: the cookie. Undefined: there is none to be had (then the client waits), or the step is over. */
  async #token (step: number): Promise<string | null | undefined> {
    let token: string | null | undefined
    try {
      // awaited with the cookie, too: no callback runs before connectLiveSession() has returned
      // and where the function throws at once
      token = await (async () => await this.#settings.token?.() ?? null)()
      if (this.#settings.token && (typeof token !== 'string' || token === '')) {
        throw new TypeError('token: a non-empty string is expected')
      }
    } catch (error) {
      report(error)
      if (step === this.#step) this.#wait()
      return
    }
    if (step === this.#step) return token
  }

  #listen (socket: SocketLike): void {
    this.#socket = socket
    socket.addEventListener('open', () => { if (socket === this.#socket) this.#refused = false })
    socket.addEventListener('message', ({ data }) => { if (socket === this.#socket) this.#receive(socket, data) })
    socket.addEventListener('close', ({ code }) => { if (socket === this.#socket) this.#lost(code) })
    // says nothing that the close after it does not say; unheard, `ws` would throw it
    socket.addEventListener('error', () => {})
  }

  #receive (socket: SocketLike, frame: unknown): void {
    this.#heardAt = this.#settings.timers.now()
    const message = parseMessage(frame)
    if (message?.type === 'welcome') this.#welcome(socket, message)
    else if (message?.type === 'sessions_changed') call(this.#settings.onChange)
    else if (message?.type === 'notice') call(this.#settings.onNotice, message)
    else if (message?.type === 'logout' && (this.#sessionId ?? message.sessionId) === message.sessionId) {
      this.#pushedOut(socket, message)
    }
    if (socket === this.#socket && this.#welcomedAt !== null) this.#watch(2 * this.#heartbeatMs + SLACK_MS)
  }

  #welcome (socket: SocketLike, { sessionId, heartbeatMs }: WelcomeMessage): void {
    this.#own ??= sessionId
    if (sessionId !== this.#own) {
      this.#leaveSocket()
      this.#signOut({ reason: 'replaced', via: 'push', code: null, eventId: null, at: null })
      return
    }
    this.#sessionId = sessionId
    this.#heartbeatMs = heartbeatMs
    this.#welcomedAt = this.#heardAt
    this.#enter('open')
    // what changed while no socket was open was told to nobody
    if (socket === this.#socket) call(this.#settings.onChange)
  }

  /** Takes the socket for dead unless something was, or is, heard within `ms` after the last frame. */
  #watch (ms: number): void {
    const left = Math.min(ms, this.#heardAt + ms - this.#settings.timers.now())
    const giveUp = (): void => { this.#lost(null, CLOSE_CODES.silent) }
    if (left > 0) this.#after(left, this.#step, giveUp)
    else giveUp()
  }

  #wake (): void {
    if (this.#state === 'waiting' && this.#settings.timers.now() >= this.#notBefore) this.#connect()
    // after a sleep or another network: the next heartbeat has to be on time
    else if (this.#state === 'open') this.#watch(this.#heartbeatMs + SLACK_MS)
  }

  #leaveSocket (code?: number): void {
    const socket = this.#socket
    this.#socket = this.#sessionId = this.#welcomedAt = null
    socket?.close(code)
  }

  #lost (code: number | null, ownCode?: number): void {
    if (this.#welcomedAt !== null && this.#settings.timers.now() - this.#welcomedAt >= STABLE_MS) {
      this.#failures = 0
      this.#told.clear()
    }
    this.#leaveSocket(ownCode)
    const pause = pauseAfterClose(code)
    // a node that says it restarts or is busy gets no question on top: the next handshake asks it anyway
    if (pause) this.#wait(pause)
    else this.#confirm()
  }

  async #confirm (): Promise<void> {
    const step = this.#begin('confirming')
    if (step !== this.#step) return
    this.#after(CONFIRMATION_MS, step, () => { this.#wait() })
    const token = await this.#token(step)
    if (token === undefined) return
    this.#abort = new AbortController()
    const { currentUrl, refusedUrl, fetch, timers: { now } } = this.#settings
    const verdict = await confirmSession({
      currentUrl,
      refusedUrl: this.#refused ? refusedUrl : null,
      sessionId: this.#own,
      token,
      signal: this.#abort.signal,
      fetch,
      now
    })
    if (step !== this.#step) return
    if (verdict.ended) {
      this.#signOut({ reason: verdict.reason, via: 'confirmation', code: verdict.code, eventId: null, at: null })
    } else if (verdict.problem) this.#waitFor(verdict.problem)
    else this.#wait({ atLeastMs: verdict.retryAfterMs, spreadMs: 0 })
  }

  /** Waits until somebody has mended `problem`, and tells the app of it. */
  #waitFor (problem: Problem): void {
    const blocked = problem.status === UPGRADE_REQUIRED
    const step = this.#wait(blocked ? undefined : REFUSED)
    const name = `${problem.status} ${problem.code}`
    if (step !== this.#step || this.#told.has(name) || (blocked && this.#failures < BLOCKED_AFTER)) return
    this.#told.add(name)
    hint(problem)
    call(this.#settings.onProblem, problem)
  }

  #wait (pause: Readonly<Pause> = { atLeastMs: 0, spreadMs: 0 }): number {
    const step = this.#begin('waiting')
    this.#notBefore = this.#settings.timers.now() + pause.atLeastMs
    const failures = this.#failures++
    this.#after(backoffMs(pause === REFUSED ? 0 : failures, pause, this.#settings.random), step, () => {
      this.#connect()
    })
    return step
  }

  #pushedOut (socket: SocketLike, { eventId, reason, at }: LogoutMessage): void {
    // left open: the server closes it, after the receipts
    this.#socket = this.#sessionId = null
    // first of all: nothing that the app does delays the receipt
    acknowledge(socket, { eventId, state: 'delivered', ...this.#settings.onWipe && { wiping: true } })
    this.#signOut({ reason, via: 'push', code: null, eventId, at }, this.#settings.onWipe && (() => {
      acknowledge(socket, { eventId, state: 'wiped' })
    }))
  }

  #signOut (event: LogoutEvent, receipt?: () => void): void {
    this.#stopWakeUps()
    this.#begin('signedOut')
    this.#settings.onEnd(event, receipt)
  }
}
