/** A tab's live session: over its own socket where it leads or is alone, else over the leading tab's. */
import type { LiveSession, LiveState, LogoutEvent } from './api.ts'
import { call, report } from './callbacks.ts'
import { confirmSession, CONFIRMATION_MS } from './confirmation.ts'
import { LiveConnection } from './connection.ts'
import { platform } from './platform.ts'
import { watchRequests } from './requests.ts'
import type { Settings } from './settings.ts'
import { canShare, joinTabs, type TabMessage, type Tabs } from './tabs.ts'

const WIPE_MS = 5000
/** What a leader waits for tabs that do not say that they are wiped: a frozen one never does. */
const OTHERS_MS = 1000

export function shareConnection (settings: Settings): LiveSession {
  const { timers, onChange, onLogout, onNotice, onProblem, onStateChange, onWipe, socketUrl } = settings
  /** Of the socket, whichever tab has it. */
  let state: LiveState = 'connecting'
  let shown = withNetwork()
  /** The session that this page is of. */
  let id: string | null = null
  let connection: LiveConnection | null = null
  let tabs: Tabs | null = null
  let start = 0
  let away = false
  let ended: Promise<unknown> | null = null
  let wiped = 0
  let onWiped = (): void => {}

  const requests = watchRequests(settings, (code, reason) => {
    end({ reason, via: 'request', code, eventId: null, at: null })
  })

  /** Nothing is said to be live while there is no network. */
  function withNetwork (): LiveState {
    return state !== 'signedOut' && state !== 'closed' && platform.navigator?.onLine === false ? 'offline' : state
  }

  function show (): void {
    const before = shown
    shown = withNetwork()
    if (shown !== before) call(onStateChange, shown)
  }

  function enter (next: LiveState): void {
    if (state === 'closed' || (ended && next !== 'closed')) return
    state = next
    show()
  }

  /** A page that comes back asks who it is now: it may have been signed out, or over, meanwhile. */
  async function begin (): Promise<void> {
    const mine = ++start
    if (!canShare()) return connect()
    const abort = new AbortController()
    const timer = timers.setTimeout(() => { abort.abort() }, CONFIRMATION_MS)
    // a token that cannot be had is the connection's to report
    const token = await (async () => await (settings.token?.() ?? null))().catch(() => undefined)
    const verdict = token === undefined
      ? null
      : await confirmSession({
        ...settings,
        refusedUrl: null,
        sessionId: id,
        token,
        signal: abort.signal,
        now: timers.now
      })
    timers.clearTimeout(timer)
    if (mine !== start) return
    if (verdict?.ended) {
      end({ reason: verdict.reason, via: 'confirmation', code: verdict.code, eventId: null, at: null })
    } else if (verdict?.sessionId) join(verdict.sessionId)
    // nobody knows yet; its `welcome` will say
    else connect()
  }

  function connect (): void {
    /** After each connect every tab fetches by itself. */
    let welcomed = false
    const mine = connection = new LiveConnection({
      ...settings,
      onStateChange (next) {
        // how it ended is said by onEnd
        if (mine !== connection || next === 'signedOut') return
        welcomed = next === 'open'
        tabs?.post({ type: 'state', state: next })
        id = mine.sessionId ?? id
        enter(next)
        if (mine === connection && welcomed && !tabs && canShare()) join(id as string)
      },
      onChange () {
        if (mine !== connection) return
        if (!welcomed) tabs?.post({ type: 'changed' })
        welcomed = false
        if (!ended) call(onChange)
      },
      onProblem (problem) {
        tabs?.post({ type: 'problem', problem })
        if (!ended) call(onProblem, problem)
      },
      onNotice (notice) {
        tabs?.post({ type: 'notice', notice })
        if (!ended) call(onNotice, notice)
      },
      onEnd: end
    }, id)
  }

  function disconnect (): void {
    const old = connection
    connection = null
    old?.close()
  }

  function join (sessionId: string): void {
    id = sessionId
    tabs = joinTabs(`live-sessions ${socketUrl} ${sessionId}`, timers, {
      lead () {
        if (connection) tabs?.post({ type: 'state', state })
        else {
          connect()
          tabs?.post({ type: 'state', state: 'connecting' })
          enter('connecting')
        }
      },
      follow: disconnect,
      hear,
      state: () => state
    })
  }

  function hear (message: TabMessage): void {
    if (message.type === 'ended') end(message.event)
    if (message.type === 'wiped') {
      wiped++
      onWiped()
    }
    // a leader that was frozen hears what the next one has said; its lock is gone in a moment
    if (ended || tabs?.leading) return
    if (message.type === 'state') {
      const before = state
      disconnect()
      enter(message.state)
      if (before !== 'open' && state === 'open') call(onChange)
    } else if (message.type === 'changed') call(onChange)
    else if (message.type === 'notice') call(onNotice, message.notice)
    else if (message.type === 'problem') call(onProblem, message.problem)
  }

  /** Once; a later way of hearing of it only gets its receipt. */
  function end (event: LogoutEvent, receipt?: () => void): void {
    if (!ended && state !== 'closed') {
      ended = Promise.resolve()
      const others = othersWiped()
      tabs?.post({ type: 'ended', event })
      state = 'signedOut'
      start++
      listen('removeEventListener')
      show()
      ended = signOut(event, others)
    }
    if (receipt) void ended?.then(receipt, report)
  }

  /** Fulfilled when all tabs have erased their data; this one's app is told of the end before that. */
  async function signOut (event: LogoutEvent, others: Promise<void>): Promise<void> {
    // runs even when the app has just called close(): the receipt promised it
    const own = (async () => { await onWipe?.() })()
    void own.then(() => { tabs?.post({ type: 'wiped' }) }, () => {})
    if (onWipe || requests.pending.size > 0) {
      await within(WIPE_MS, Promise.allSettled([own, ...requests.pending, within(OTHERS_MS, others)]))
    }
    if (state !== 'closed') call(onLogout, event)
    // if it was not the socket that said so, the `logout` that is about to come on it gets its receipt
    await within(WIPE_MS, Promise.all([own, others]))
    disconnect()
    leave()
    await own
    await others
  }

  async function othersWiped (): Promise<void> {
    if (!onWipe || !tabs?.leading) return
    const count = await tabs.others()
    await new Promise<void>((resolve) => {
      onWiped = () => { if (wiped >= count) resolve() }
      onWiped()
    })
  }

  function within (ms: number, work: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const timer = timers.setTimeout(resolve, ms)
      const done = (): void => {
        timers.clearTimeout(timer)
        resolve()
      }
      work.then(done, done)
    })
  }

  function leave (): void {
    tabs?.leave()
    tabs = null
  }

  const events = {
    offline: show,
    online () {
      if (connection) connection.renew()
      // the leader is about to say better
      else if (state === 'open') state = 'connecting'
      show()
    },
    // in the back/forward cache nothing is held, and nothing is heard
    pagehide () {
      away = true
      start++
      disconnect()
      leave()
      enter('connecting')
    },
    pageshow () {
      if (away) void begin()
      away = false
    }
  }

  function listen (method: 'addEventListener' | 'removeEventListener'): void {
    for (const [type, listener] of Object.entries(events)) platform[method]?.(type, listener)
  }

  listen('addEventListener')
  void begin()

  return {
    get state () { return shown },
    get sessionId () { return state === 'open' ? id : null },
    fetch: requests.fetch,
    close () {
      if (state === 'closed') return
      start++
      listen('removeEventListener')
      disconnect()
      if (!ended) leave()
      enter('closed')
    }
  }
}
