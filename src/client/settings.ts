/** Options to settings: every default, in one place. */
import type { LiveSessionClientOptions, SocketConstructor, Timers, WakeUps } from './api.ts'
import { isText } from './messages.ts'
import { ORIGIN } from './origin.ts'
import { platform } from './platform.ts'
import { platformWakeUps } from './wake-ups.ts'

export interface Settings
  extends
  Pick<LiveSessionClientOptions, 'onLogout' | 'onChange' | 'onNotice' | 'onStateChange' | 'onProblem' | 'onWipe'> {
  socketUrl: string
  currentUrl: string
  /** The socket's address for a plain GET, which tells what a refused handshake does not. */
  refusedUrl: string
  /** Null: the cookie. Rejects where the app gives none. */
  token: () => Promise<string | null>
  WebSocket: SocketConstructor
  fetch: typeof globalThis.fetch
  random: () => number
  timers: Timers
  wakeUps: WakeUps
}

// wrapped: browsers refuse to run their own functions as methods of another object
const systemTimers: Timers = {
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => { clearTimeout(timer as number) },
  now: () => Date.now()
}

/**
 * Throws a TypeError where there is no WebSocket, or no origin to put before the prefix.
 * Addresses are put together as text: React Native's URL has no setters, and appends where others resolve.
 */
export function resolveSettings (options: LiveSessionClientOptions): Settings {
  const page = platform.location?.origin
  const {
    url = page,
    prefix = '/api',
    token,
    WebSocket = platform.WebSocket,
    // wrapped, as above
    fetch = (...args) => globalThis.fetch(...args),
    random = Math.random,
    timers = systemTimers,
    wakeUps = platformWakeUps()
  } = options
  if (!WebSocket) throw new TypeError('WebSocket: give one')
  const [origin] = ORIGIN.exec(prefix) ?? ORIGIN.exec(`${url}`) ?? []
  if (origin === undefined) throw new TypeError(`url: give http(s), not ${url}`)
  const path = prefix.replace(ORIGIN, '').replace(/^\/+|\/+$/g, '')
  const base = `${origin}${path && `/${path}`}/sessions/`
  return {
    ...options,
    socketUrl: `${base.replace(/^http/i, 'ws')}socket`,
    currentUrl: `${base}current`,
    // browsers send no Origin with a GET to the page's own origin, but always with a socket
    refusedUrl: `${base}socket${origin === page ? `?origin=${page}` : ''}`,
    async token () {
      const given = typeof token === 'function' ? await token() : token
      if (token === undefined || isText(given)) return given ?? null
      throw new TypeError('token: not a non-empty string')
    },
    WebSocket,
    fetch,
    random,
    timers,
    wakeUps
  }
}
