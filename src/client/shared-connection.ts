/**
 * A tab's live session: over its own socket where it leads or is alone, else over the leading tab's. Long, because its
 * end is one course of events in all tabs.
 */
import type { OnEnd } from './answer.ts'
import type { LiveSession, LiveState, LogoutEvent } from './api.ts'
import { call, report } from './callbacks.ts'
import { openConnection, type Connection, type News } from './connection.ts'
import { listen } from './listen.ts'
import { platform } from './platform.ts'
import { watchRequests } from './requests.ts'
import type { Settings } from './settings.ts'
import { canShare, joinTabs, type Tabs, type Told } from './tabs.ts'

const WIPE_MS = 5000
/** What a tab waits for others at the end: a frozen one never says that it is wiped. */
const OTHERS_MS = 1000

export function shareConnection (settings: Settings): LiveSession {
  const { timers, onChange, onLogout, onNotice, onProblem, onStateChange, onWipe, socketUrl } = settings
  /** Of the socket, whichever tab has it. */
  let state: LiveState = 'connecting'
  let shown = withNetwork()
  /** The session that this page is of. */
  let id: string | null = null
  let connection: Connection | null = null
  let tabs: Tabs | null = null
  let ended: LogoutEvent | null = null
  /** Fulfilled when all tabs have erased their data. */
  let erased: Promise<unknown> | null = null
  let wipe = (): void => {}
  /** This tab has erased its own. */
  const own = new Promise<void>((resolve) => { wipe = resolve }).then(onWipe)
  /** Tabs that still erase theirs. */
  let wiping = 0
  let onWiped = (): void => {}
  const listening = new AbortController()
  const requests = watchRequests(settings, end)

  function isOver (): boolean {
    return state === 'signedOut' || state === 'closed'
  }

  /** Nothing is said to be live while there is no network. */
  function withNetwork (): LiveState {
    return platform.navigator?.onLine === false && !isOver() ? 'offline' : state
  }

  function show (): void {
    const before = shown
    shown = withNetwork()
    if (shown !== before) call(onStateChange, shown)
  }

  function enter (next: LiveState): void {
    const before = state
    state = next
    show()
    // what changed while no socket was open was told to nobody
    if (before !== 'open' && state === 'open') call(onChange)
  }

  /** Told by this tab's own socket, or by the leading tab. */
  function tell (news: News): void {
    if (isOver()) return
    if (news.type === 'state') enter(news.state)
    else if (news.type === 'problem') call(onProblem, news.problem)
    else if (news.type === 'notice') call(onNotice, news)
    else call(onChange)
  }

  /** A page that is opened, or comes back, asks who it is now: it may have been signed out, or over, meanwhile. */
  function connect (askFirst = canShare()): void {
    connection = openConnection(settings, id, askFirst, {
      onNews (news) {
        tabs?.post(news)
        tell(news)
      },
      onFound (sessionId, asked) {
        id = sessionId
        if (asked) disconnect()
        if (!tabs && canShare()) join(id)
      },
      onEnd: end
    })
  }

  function disconnect (): void {
    connection?.close()
    connection = null
  }

  function join (sessionId: string): void {
    tabs = joinTabs(`live-sessions ${socketUrl} ${sessionId}`, timers, {
      lead () {
        if (isOver()) return
        if (!connection) {
          connect(false)
          enter('connecting')
        }
        tabs?.post({ type: 'state', state })
      },
      follow: disconnect,
      hear,
      // a tab that has just been opened may not have heard of the end
      status: () => ended ? { type: 'ended', event: ended } : { type: 'state', state }
    })
  }

  function leave (): void {
    disconnect()
    tabs?.leave()
    tabs = null
  }

  function hear (message: Told): void {
    if (message.type === 'ended') end(message.event.via, message.event)
    else if (message.type === 'wiped') {
      if (!--wiping) onWiped()
    } else if (message.type === 'wipe') {
      void own.then(() => tabs?.post({ type: 'wiped' }), () => {})
    // a leader that was frozen hears what the next one has said; its lock is gone in a moment
    } else if (!tabs?.leading) {
      if (message.type === 'state') disconnect()
      tell(message)
    }
  }

  /** Once; a later way of hearing of it only gets its receipt. */
  function end (...[via, ending, receipt]: Parameters<OnEnd>): void {
    if (!isOver()) {
      const { reason = null, code = null, eventId = null, at = null, by = null } = ending
      const event = ended = { reason, via, code, eventId, at, by }
      const others = othersWiped()
      // what another tab has said, it has said to all
      if (!ending.via) tabs?.post({ type: 'ended', event })
      listening.abort()
      if (state !== 'open') disconnect() // no push is to come on it
      enter('signedOut')
      erased = signOut(event, others)
    }
    if (receipt) void erased?.then(receipt, report)
  }

  /** Fulfilled when all tabs have erased their data; this one's app is told of the end before that. */
  async function signOut (event: LogoutEvent, others: Promise<void>): Promise<void> {
    // runs even when the app has just called close(): the receipt promised it
    wipe()
    // where nothing has to be waited for, the app hears of it at once: what it does next may call close()
    if (onWipe || requests.pending.size) {
      await within(WIPE_MS, Promise.allSettled([own, ...requests.pending, within(OTHERS_MS, others)]))
    }
    if (state !== 'closed') call(onLogout, event)
    const all = Promise.all([own, others])
    await within(WIPE_MS, all)
    // the leader may yet count this tab, and a `logout` that comes after a request's 401 gets its receipt
    timers.setTimeout(leave, OTHERS_MS)
    await all
  }

  async function othersWiped (): Promise<void> {
    if (!onWipe || !tabs?.leading) return
    wiping = await tabs.others()
    // each answers once, and none that was not counted: who comes later does not hear it
    tabs?.post({ type: 'wipe' })
    if (wiping) await new Promise<void>((resolve) => { onWiped = resolve })
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

  listen(platform, listening, {
    offline: show,
    online () {
      if (connection) connection.renew()
      // the leader is about to say better
      else if (state === 'open') state = 'connecting'
      show()
    },
    // the back/forward cache takes no page that holds a lock or a socket
    pagehide () {
      leave()
      enter('connecting')
    },
    pageshow () { if (!connection && !tabs) connect() }
  })
  connect()

  return {
    get state () { return shown },
    get sessionId () { return state === 'open' ? id : null },
    fetch: requests.fetch,
    close () {
      listening.abort()
      // at the end of a session by itself, soon
      if (!isOver()) leave()
      enter('closed')
    }
  }
}
