/** Options to settings: every default, in one place. */
import type { LiveSessionClientOptions, SocketConstructor, Timers, WakeUps } from './api.ts'
import { platform } from './platform.ts'
import { platformWakeUps } from './wake-ups.ts'

export interface Settings extends Pick<LiveSessionClientOptions, 'onLogout' | 'onChange' | 'onStateChange' | 'onWipe'> {
  socketUrl: string
  currentUrl: string
  /** Null: the cookie. */
  token: (() => string | Promise<string>) | null
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

/** Throws a TypeError where there is no WebSocket, or no origin to resolve the prefix against. */
export function resolveSettings (options: LiveSessionClientOptions): Settings {
  const { url = platform.location?.origin, prefix = '/api', token, WebSocket = platform.WebSocket } = options
  if (WebSocket === undefined) throw new TypeError('No global WebSocket: pass one as the option WebSocket')
  const current = new URL(`${prefix.replace(/\/+$/, '')}/sessions/current`, url)
  const socket = new URL('socket', current)
  socket.protocol = socket.protocol.replace('http', 'ws')
  return {
    ...options,
    socketUrl: socket.href,
    currentUrl: current.href,
    token: token === undefined ? null : typeof token === 'function' ? token : () => token,
    WebSocket,
    fetch: options.fetch ?? ((...args) => globalThis.fetch(...args)),
    random: options.random ?? Math.random,
    timers: options.timers ?? systemTimers,
    wakeUps: options.wakeUps ?? platformWakeUps()
  }
}
