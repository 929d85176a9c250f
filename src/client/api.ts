/** What an app hands to the client, and what it gets back. */
import type { EndedBy, EndReason, NoticeMessage } from '../protocol.ts'

/**
 * Where a live session stands.
 *
 | from | on | to |
 * | --- | --- | --- |
 * | `connecting` | `welcome` | `open` |
 * | `connecting`, `open` | `logout`, or a `welcome` of another session | `signedOut` |
 * | `connecting`, `open` | the socket closed with 1012 (restart) or 1013 (busy) | `waiting` |
 * | `connecting`, `open` | the socket closed otherwise, failed, or stayed silent | `confirming` |
 * | `confirming` | 401, or another session | `signedOut` |
 * | `confirming` | any other answer, or none | `waiting` |
 * | `connecting`, `confirming` | the token function failed | `waiting` |
 * | `waiting` | its time is over, or a wake-up | `connecting` |
 * | any | `live.fetch` met an answer that says so, or another tab did | `signedOut` |
 | any | `close()` | `closed` |
 *
 * `connecting` lasts until the `welcome`; in `confirming`, one `GET /sessions/current` asks whether more than the
 * socket is gone, and after a refused handshake a second GET, of the socket's address, asks why. `offline` is shown
 * instead of these four while the browser knows that it has no network; the tries go on, because browsers are sometimes
 * mistaken. In a tab that follows, it is the leading tab's state. `signedOut` (the session has ended) and `closed` are
 * final.
 */
export type LiveState = 'connecting' | 'open' | 'waiting' | 'confirming' | 'offline' | 'signedOut' | 'closed'

/** How a session ended. */
export interface LogoutEvent {
  /**
   * Why (`replaced` also where the page's credential turned out to be another session's); null where the server gave no
   * reason (no or unusable credentials). A newer server may send one that is not listed.
   */
  reason: EndReason | null
  /**
   * `push`: by a message on the socket. `confirmation`: by the answer of `GET /sessions/current`. `request`: by the
   * answer to a `live.fetch`. In all tabs it is how the first of them knew.
   */
  via: 'push' | 'confirmation' | 'request'
  /** The 401's error code, e.g. `SESSION_TOKEN_INVALID`; null where there was none. */
  code: string | null
  /** The id of the logout, for logs and support; null where no `logout` came. */
  eventId: string | null
  /** When it ended, ISO 8601 in UTC; null where no `logout` came. */
  at: string | null
  /** From which device, by its name, where another session of the same user ended it; else null. */
  by: EndedBy | null
}

/** Why the server, or something before it, takes no socket from here. Lasts until somebody mends it. */
export interface Problem {
  /**
   * The HTTP status: 403 for an origin that is not allowed, or plain HTTP where HTTPS is required; 404 for a wrong
   * prefix; 200 where something that is no live-sessions server answers; 426 where everything but WebSockets gets
   * through.
   */
  status: number
  /** The error code, e.g. `SESSION_ORIGIN_FORBIDDEN`; null where the answer has none. */
  code: string | null
  /** What to do about it, for developers. */
  message: string
}

/** As much of a WebSocket as the client uses: the browser's, and that of `ws`. */
export interface SocketLike {
  readonly readyState: number
  send (data: string): void
  close (code?: number, reason?: string): void
  addEventListener (type: 'message', listener: (event: { data: unknown }) => void): void
  addEventListener (type: 'close', listener: (event: { code: number }) => void): void
  addEventListener (type: 'open' | 'error', listener: () => void): void
}

/** A WebSocket class. */
export type SocketConstructor = new (url: string, protocols: string[]) => SocketLike

/** The clock, to be replaced in tests. */
export interface Timers {
  /** Calls `run` once, after `ms` milliseconds. */
  setTimeout (run: () => void, ms: number): unknown
  clearTimeout (timer: unknown): void
  /** Milliseconds since 1970. */
  now (): number
}

/** Tells the client to hurry whenever the way to the server may be free again; returns how to stop that. */
export type WakeUps = (hurry: () => void) => () => void

/**
 * Options of `connectLiveSession`. What a callback throws is reported like any uncaught error and changes nothing here.
 */
export interface LiveSessionClientOptions {
  /**
   * The session has ended. Called once at most in each tab, and never after `close()`; the client does not connect
   * again. A request of this tab's `live.fetch` other than a GET may be what ended it: such ones are given 5000 ms to
   * be answered before.
   */
  onLogout: (event: LogoutEvent) => void
  /** The user's list of sessions has changed, or may have (after each connect): fetch it again. */
  onChange?: () => void
  /**
   * Somebody has just signed in to this account elsewhere: was it you? Only where the server has the option `notify` or
   * `risk`; it may be lost, and it may come twice.
   */
  onNotice?: (notice: NoticeMessage) => void
  /** Called after every change of `live.state`. */
  onStateChange?: (state: LiveState) => void
  /**
   * The server refuses the socket, and trying again does not help (see `Problem`). Told once for each, until a socket
   * has held again. The client is `waiting`, tries again every 15 to 30 s, and comes back by itself when that is
   * mended; the session goes on. A page on a local dev server, and a development build of React Native, also get a
   * warning on the console.
   */
  onProblem?: (problem: Problem) => void
  /**
   * Erases what the device keeps of the user, at every sign-out, in every tab, before `onLogout`. The server learns
   * that it began and, when no tab failed, that it is done. `onLogout` waits 5000 ms for it at most, like the server.
   * `wipeOrigin` is one.
   */
  onWipe?: () => void | Promise<void>
  /** The server's origin, e.g. `https://api.example.com`; a path in it is not used. @default the page's own */
  url?: string | URL
  /** The plugin's prefix, beginning with `/`. @default '/api' */
  prefix?: string
  /**
   * The token, or a function that gives it, called anew before each connect and each confirmation. It goes into a
   * subprotocol and the Authorization header, never into the URL. @default none: the cookie is used
   */
  token?: string | (() => string | Promise<string>)
  /** @default the global WebSocket */
  WebSocket?: SocketConstructor
  /** @default the global fetch */
  fetch?: typeof globalThis.fetch
  /** From 0 to 1, below 1: spreads the tries of many clients. @default Math.random */
  random?: () => number
  /** @default the global timers and Date.now */
  timers?: Timers
  /**
   * What makes a waiting client try at once, and an open one look whether its socket still lives.
   * @default `online`, `pageshow`, and `visibilitychange` to visible, where the platform has them
   */
  wakeUps?: WakeUps
}

/** A running client. */
export interface LiveSession {
  readonly state: LiveState
  /** The session that the open socket belongs to; null while there is none. */
  readonly sessionId: string | null
  /**
   * The `fetch` of the options, for the app's own requests: an answer 401 of the server (of its origin, after
   * redirects) with the code `SESSION_REVOKED` or `SESSION_EXPIRED` signs out at once, in all tabs; another server's
   * never does. The answer is handed on, unread.
   */
  readonly fetch: typeof globalThis.fetch
  /**
   * Stops for good: no more tries, no listeners, no callbacks after `onStateChange('closed')`. A wipe that runs goes
   * on, and is acknowledged.
   */
  close (): void
}
