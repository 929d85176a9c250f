/** The tabs that share one session: one of them leads (Web Locks), all hear each other (BroadcastChannel). */
import type { LogoutEvent, Timers } from './api.ts'
import type { News } from './connection.ts'
import { platform } from './platform.ts'

/**
 * What tabs say to each other. The leader: its socket's state, also as the answer to `ask`, and what it hears. Any tab:
 * how the session ended; and, when the leader has counted who is there and calls for it, that it has erased its data.
 */
export type TabMessage = Told | { type: 'ask' }

export type Told =
  | News
  | { type: 'wipe' }
  | { type: 'wiped' }
  | { type: 'ended', event: LogoutEvent }

export interface Tabs {
  readonly leading: boolean
  post (message: TabMessage): void
  /** How many tabs wait behind the leader. */
  others (): Promise<number>
  leave (): void
}

interface Role {
  /** This tab leads from now on, and says so where there is anything to say. */
  lead: () => void
  /** Another tab has taken the lead from this one. */
  follow: () => void
  hear: (message: Told) => void
  /** What a leader answers whoever asks. */
  status: () => TabMessage
}

const BEAT_MS = 250
/**
 * A leader that was silent for so many beats stands still: frozen, or at a breakpoint. A closed or crashed one has lost
 * its lock already.
 */
const SILENT_BEATS = 3

/**
 * Pages and workers of the web can share; Node and React Native have no tabs, and a browser that is told to keep
 * nothing (Firefox without cookies) throws.
 */
export function canShare (): boolean {
  try {
    new BroadcastChannel('').close()
    return !!(platform.location && navigator.locks)
  } catch {
    return false
  }
}

/**
 * Stands for election. Followers ask when they have heard nothing for two beats; the answer goes to all, so that many
 * tabs ask hardly more often than two. The leader answers from its message handler: browsers slow down a hidden tab's
 * timers, but not its messages.
 */
export function joinTabs (
  name: string,
  { setTimeout, clearTimeout, now }: Timers,
  { lead, follow, hear, status }: Role
): Tabs {
  const { locks } = navigator
  const channel = new BroadcastChannel(name)
  const post = (message: TabMessage): void => { channel.postMessage(message) }
  let leading = false
  let silent = 0
  let tickedAt = now()
  let timer: unknown
  let release = (): void => {}
  let turn = new AbortController()

  const startLeading = (): void => {
    leading = true
    lead()
  }

  const stand = (steal: boolean): void => {
    turn.abort()
    const { signal } = turn = new AbortController()
    locks.request(name, steal ? { steal } : { signal }, () => signal.aborted
      ? undefined
      : new Promise<void>((resolve) => {
        release = resolve
        startLeading()
      })
    ).catch((error: Error) => {
      if (signal.aborted) return
      // where locks are forbidden (a sandboxed frame), every tab leads itself
      if (error.name !== 'AbortError') return startLeading()
      leading = false
      follow()
      stand(false)
    })
  }

  const tick = (): void => {
    timer = setTimeout(tick, BEAT_MS)
    const late = now() - tickedAt > 3 * BEAT_MS
    tickedAt = now()
    // late: this tab stood still itself, and what was said meanwhile is still to be heard
    if (leading || late) silent = 0
    else if (++silent > SILENT_BEATS) {
      silent = 0
      // the others need not try as well
      post({ type: 'state', state: 'connecting' })
      stand(true)
    } else if (silent > 1) post({ type: 'ask' })
  }

  channel.onmessage = ({ data }: MessageEvent<TabMessage>) => {
    if (data.type !== 'ask') {
      silent = 0
      hear(data)
    } else if (leading) post(status())
  }
  stand(false)
  post({ type: 'ask' })
  tick()

  return {
    get leading () { return leading },
    post,
    others: async () => (await locks.query()).pending!.filter((lock) => lock.name === name).length,
    leave () {
      turn.abort()
      release()
      clearTimeout(timer)
      channel.close()
    }
  }
}
