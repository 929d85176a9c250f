/** The package's `client` entry: keeps a page, a worker or an app in touch with its session. */
import type { LiveSession, LiveSessionClientOptions } from './api.ts'
import { resolveSettings } from './settings.ts'
import { shareConnection } from './shared-connection.ts'

export type {
  LiveSession, LiveSessionClientOptions, LiveState, LogoutEvent, Problem, SocketConstructor, SocketLike, Timers, WakeUps
} from './api.ts'
export { wipeOrigin } from './wipe.ts'
export type { EndReason } from '../protocol.ts'

/**
 * Connects, and stays connected until the session ends or `close()` is called.
 *
 * It signs out on a `logout` message of its own session, after `GET /sessions/current` answered 401, or when the server
 * names another session than before; never on a close code or a network error. Where WebSockets do not get through, the
 * confirmation after each failed try (every 30 s at most, 15 s on average) takes their place. The tabs of a browser
 * that are of one session share one socket.
 *
 * ```ts
 * const live = connectLiveSession({ onLogout: ({ reason }) => location.assign('/login?reason=' + reason) })
 * ```
 *
 * @throws TypeError without a WebSocket, or without an http(s) origin (outside of web pages, give `url`)
 */
export function connectLiveSession (options: LiveSessionClientOptions): LiveSession {
  return shareConnection(resolveSettings(options))
}
