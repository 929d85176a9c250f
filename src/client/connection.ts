/**
 * The state machine of one socket: connects, listens, confirms, waits, connects again, until the session has ended or
 * it is closed. Long, because each step may follow each other one.
 */
import {
  BEARER_SUBPROTOCOL_PREFIX,
  SUBPROTOCOL,
  type CLOSE_CODES,
  type LogoutMessage,
  type NoticeMessage,
  type SessionsChangedMessage,
  type WelcomeMessage
} from '../protocol.ts'
import { saysEnded, type OnEnd } from './answer.ts'
import type { LiveState, Problem, SocketLike } from './api.ts'
import { backoffMs, pauseAfterClose, type Pause } from './backoff.ts'
import { report } from './callbacks.ts'
import { ask, explain } from './confirmation.ts'
import { isText, parseMessage } from './messages.ts'
import { acknowledge } from './receipt.ts'
import type { Settings } from './settings.ts'

const SILENT: typeof CLOSE_CODES.silent = 4408
/** From the beginning of a connect, the token function included, to its `welcome`. */
const HANDSHAKE_MS = 15_000
/** How long an answer is waited for. */
const CONFIRMATION_MS = 10_000
/** What a heartbeat may be late. */
const SLACK_MS = 5000
/**
 * Only a socket that held for so long after its `welcome` ends a row of failures: a server that welcomes and closes is
 * not hammered.
 */
const STABLE_MS = 10_000

/** What there is to hear of a session that lives. */
export type News =
  | { type: 'state', state: LiveState }
  | { type: 'problem', problem: Problem }
  | SessionsChangedMessage
  | NoticeMessage

export interface Listener {
  onNews: (news: News) => void
  /** Which session this is: by its `welcome`, or because the server was asked first. */
  onFound: (sessionId: string, asked: boolean) => void
  /** The session has ended. Where the server wants to know when the data are erased, `receipt` is to be called then. */
  onEnd: OnEnd
}

export interface Connection {
  /** The network was gone: what was open may be dead, and nobody would say so soon. */
  renew (): void
  close (): void
}

/**
 * At every moment one step is under way, with one timer at most. What an older step still has to say (a late answer, a
 * late token) is not heard: its signal is aborted. Likewise only `socket` is listened to, never one that was left.
 *
 * With `askFirst` no socket is opened before the server was asked which session this is; it is left to the listener to
 * open another connection then. `own` is the session that this page is of, null where it is not known yet.
 */
export function openConnection (
  settings: Settings,
  own: string | null,
  askFirst: boolean,
  { onNews, onFound, onEnd }: Listener
): Connection {
  const { timers, onWipe } = settings
  let state: LiveState = 'connecting'
  let step = new AbortController()
  let timer: unknown
  let socket: SocketLike | null = null
  /** The last socket was never open. */
  let refused = false
  let failures = 0
  let heartbeatMs = 0
  let welcomedAt: number | null = null
  let heardAt = 0
  let notBefore = 0
  /** The problems that the app knows of. */
  const told = new Set<string>()

  /** Begins a step: whatever an older one left running is stopped or will not be heard. */
  function begin (next: LiveState): AbortSignal {
    stop()
    const { signal } = step = new AbortController()
    enter(next)
    // aborted already where the app has called close() in onStateChange
    return signal
  }

  function stop (): void {
    step.abort()
    timers.clearTimeout(timer)
  }

  function enter (next: LiveState): void {
    if (next === state) return
    state = next
    onNews({ type: 'state', state })
  }

  function after (ms: number, run: () => void): void {
    if (step.signal.aborted) return
    timers.clearTimeout(timer)
    timer = timers.setTimeout(run, ms)
  }

  async function connect (): Promise<void> {
    const signal = begin('connecting')
    refused = true
    after(HANDSHAKE_MS, dropSilent)
    const token = await takeToken(signal)
    if (signal.aborted) return
    try {
      listenTo(new settings.WebSocket(
        settings.socketUrl,
        token ? [SUBPROTOCOL, BEARER_SUBPROTOCOL_PREFIX + token] : [SUBPROTOCOL]
      ))
    } catch (error) {
      report(error)
      lose(null)
    }
  }

  /** Null: the cookie. Where the app gives none, the client waits: the step is over. */
  async function takeToken (signal: AbortSignal): Promise<string | null> {
    if (signal.aborted) return null
    try {
      return await settings.token()
    } catch (error) {
      report(error)
      if (!signal.aborted) wait()
      return null
    }
  }

  function listenTo (opened: SocketLike): void {
    socket = opened
    opened.addEventListener('open', () => { if (socket === opened) refused = false })
    opened.addEventListener('message', ({ data }) => { if (socket === opened) receive(opened, data) })
    opened.addEventListener('close', ({ code }) => { if (socket === opened) lose(code) })
    // says nothing that the close after it does not say; unheard, `ws` would throw it
    opened.addEventListener('error', () => {})
  }

  function receive (from: SocketLike, frame: unknown): void {
    heardAt = timers.now()
    const message = parseMessage(frame)
    if (message?.type === 'welcome') welcome(message)
    else if (message?.type === 'logout') logOut(from, message)
    else if (message) onNews(message)
    if (socket && welcomedAt !== null) watch(2 * heartbeatMs + SLACK_MS)
  }

  function welcome (message: WelcomeMessage): void {
    own ??= message.sessionId
    if (message.sessionId !== own) {
      leaveSocket()
      end('push', { reason: 'replaced' })
      return
    }
    heartbeatMs = message.heartbeatMs
    welcomedAt = heardAt
    onFound(own, false)
    enter('open')
  }

  function logOut (from: SocketLike, message: LogoutMessage): void {
    const { sessionId, eventId } = message
    if (sessionId !== (own ?? sessionId)) return
    // left open: the server closes it, after the receipts
    socket = null
    // first of all: nothing that the app does delays the receipt
    acknowledge(from, { eventId, state: 'delivered', ...onWipe && { wiping: true } })
    end('push', message, onWipe && (() => { acknowledge(from, { eventId, state: 'wiped' }) }))
  }

  /** Takes the socket for dead unless something was, or is, heard within `ms` after the last frame. */
  function watch (ms: number): void {
    const left = Math.min(ms, heardAt + ms - timers.now())
    if (left > 0) after(left, dropSilent)
    else dropSilent()
  }

  function dropSilent (): void {
    lose(null, SILENT)
  }

  function leaveSocket (code?: number): void {
    const left = socket
    socket = welcomedAt = null
    left?.close(code)
  }

  function lose (code: number | null, ownCode?: number): void {
    if (welcomedAt !== null && timers.now() - welcomedAt >= STABLE_MS) {
      failures = 0
      told.clear()
    }
    leaveSocket(ownCode)
    const pause = pauseAfterClose(code)
    // a node that says it restarts or is busy gets no question on top: the next handshake asks it anyway
    if (pause) wait(pause)
    else confirm()
  }

  /**
   * Asks whether the session still is, which also tells whose session the credential is by now; after a refused
   * handshake, and if the session lives, asks the socket's address why, which the server judges like the handshake.
   */
  async function confirm (): Promise<void> {
    const first = askFirst
    askFirst = false
    const signal = begin(first ? 'connecting' : 'confirming')
    after(CONFIRMATION_MS, first ? connect : wait)
    const token = await takeToken(signal)
    if (signal.aborted) return
    let answer = await ask(settings, settings.currentUrl, token, signal)
    if (signal.aborted) return
    if (saysEnded(answer)) return end('confirmation', answer.body)
    const id = answer.status === 200 && isText(answer.body.id) && answer.body.id
    if (id && id !== (own ?? id)) return end('confirmation', { reason: 'replaced' })
    if (first) return id ? onFound(id, true) : connect()
    if (refused && answer.status === 200) answer = await ask(settings, settings.refusedUrl, token, signal)
    const refusal = refused ? await explain(answer) : null
    if (signal.aborted) return
    const waiting = wait(refusal?.pause ?? { atLeastMs: answer.retryAfterMs })
    if (!waiting.aborted) refusal?.tell(told, failures, (problem) => { onNews({ type: 'problem', problem }) })
  }

  function wait (pause: Pause = {}): AbortSignal {
    const signal = begin('waiting')
    notBefore = timers.now() + (pause.atLeastMs ?? 0)
    after(backoffMs(failures++, pause, settings.random), connect)
    return signal
  }

  const end: OnEnd = (...ending) => {
    finish()
    onEnd(...ending)
  }

  function finish (): void {
    if (state === 'closed') return
    state = 'closed'
    stop()
    stopWakeUps()
  }

  const stopWakeUps = settings.wakeUps(() => {
    if (state === 'waiting' && timers.now() >= notBefore) connect()
    // after a sleep or another network: the next heartbeat has to be on time
    else if (state === 'open') watch(heartbeatMs + SLACK_MS)
  })
  if (askFirst) confirm()
  else connect()

  return {
    renew () {
      if (state !== 'open') return
      leaveSocket()
      connect()
    },
    close () {
      leaveSocket()
      finish()
    }
  }
}
