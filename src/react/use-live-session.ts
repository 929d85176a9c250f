/** `useLiveSession`: one live session for as long as its component is mounted. */
import { useEffect, useRef, useState } from 'react'
import {
  connectLiveSession,
  type LiveSession,
  type LiveSessionClientOptions,
  type LiveState,
  type LogoutEvent,
  type Problem
} from '../client/index.ts'

/** The options of `connectLiveSession`; all callbacks may be left out, and may be new functions at each render. */
export interface UseLiveSessionOptions extends Omit<LiveSessionClientOptions, 'onLogout'> {
  onLogout?: LiveSessionClientOptions['onLogout']
  /** Off while nobody is signed in: nothing is connected then. @default true */
  enabled?: boolean
}

export interface LiveSessionHandle {
  /** As `connectLiveSession` says it; `closed` while it is not enabled. */
  state: LiveState
  /** How the session ended; null while it has not. */
  logout: LogoutEvent | null
  /** Why the server takes no socket from here; null while nothing is known. */
  problem: Problem | null
  /**
   * Calls back whenever the user's list of sessions may have changed; gives the function that stops that. `useSessions`
   * listens to it.
   */
  onChange: (listener: () => void) => () => void
  /**
   * For the app's own requests, as the client's `fetch`: an answer that says that the session has ended signs out at
   * once. The same function at each render; while nothing is connected it is the `fetch` of the options.
   */
  fetch: typeof globalThis.fetch
}

/**
 * Connects when the component is mounted, and closes when it is unmounted. It connects anew when `url`, `prefix`, a
 * token given as text, or `enabled` changes; never because a callback is another function. In StrictMode, which mounts
 * twice, one connection is left.
 *
 * @example
 * const live = useLiveSession({ onLogout: ({ reason }) => navigate('/login?reason=' + reason) })
 */
export function useLiveSession (options: UseLiveSessionOptions = {}): LiveSessionHandle {
  const { enabled = true, url, prefix, token } = options
  const latest = useRef(options)
  const [listeners] = useState(() => new Set<() => void>())
  const [onChange] = useState(() => (listener: () => void) => {
    listeners.add(listener)
    return () => { listeners.delete(listener) }
  })
  const connected = useRef<LiveSession | null>(null)
  const [fetchLive] = useState(() => async (...request: Parameters<typeof fetch>): Promise<Response> => {
    const { fetch = globalThis.fetch } = connected.current ?? latest.current
    return await fetch(...request)
  })
  const first: Omit<LiveSessionHandle, 'onChange' | 'fetch'> = {
    state: enabled ? 'connecting' : 'closed',
    logout: null,
    problem: null
  }
  const [shown, setShown] = useState(first)

  useEffect(() => { latest.current = options })

  useEffect(() => {
    setShown(first)
    if (!enabled) return
    let mounted = true
    const show = (change: Partial<LiveSessionHandle>): void => {
      if (mounted) setShown((before) => ({ ...before, ...change }))
    }
    const { token: given, onWipe, ...rest } = latest.current
    const live = connected.current = connectLiveSession({
      ...rest,
      ...(given === undefined
        ? {}
        : {
            token: typeof given === 'string' ? given : () => (latest.current.token as () => string | Promise<string>)()
          }),
      ...onWipe && { onWipe: () => latest.current.onWipe?.() },
      onStateChange (state) {
        show({ state, ...state === 'open' && { problem: null } })
        if (mounted) latest.current.onStateChange?.(state)
      },
      onChange () {
        latest.current.onChange?.()
        for (const listener of listeners) listener()
      },
      onNotice (notice) { latest.current.onNotice?.(notice) },
      onProblem (problem) {
        show({ problem })
        latest.current.onProblem?.(problem)
      },
      onLogout (logout) {
        show({ logout })
        latest.current.onLogout?.(logout)
      }
    })
    return () => {
      mounted = false
      live.close()
      connected.current = null
    }
  }, [enabled, String(url), prefix, typeof token === 'string' ? token : undefined])

  return { ...shown, onChange, fetch: fetchLive }
}
