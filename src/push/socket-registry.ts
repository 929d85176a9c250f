/** All live sockets of this node, by session and by user: who is sent a `logout`, and who hears that a list changed. */
import type { WebSocket } from 'ws'
import type { Clock } from '../clock.ts'
import { CLOSE_CODES, type NoticeMessage } from '../protocol.ts'
import type { SessionRow } from '../session-row.ts'
import type { EndedSession } from '../session/ended-session.ts'
import { createFrameFilter } from './frame-filter.ts'
import { CLOSED_WITHIN_MS } from './logout-delivery.ts'
import { logoutMessage } from './logout-message.ts'
import { createSessionSocket, type SessionSocket, type SocketSession } from './session-socket.ts'
import type { SocketLife } from './socket-life.ts'
import { createUnconfirmedCheck, expireSocket } from './unconfirmed-sockets.ts'

export interface SocketRegistryOptions {
  clock: Clock
  /** The device said that its logout arrived. */
  onReceipt: (sessionId: string, eventId: string) => void
  /** What an open socket means for its session's idle time. */
  life?: SocketLife
  /** Reads the row of a session that was not confirmed when its socket came. */
  find?: (id: string) => Promise<SessionRow | null>
  onError?: (error: unknown) => void
}

/** When the frames of an app's socket may pass. */
export interface FrameRules {
  leased: () => boolean
  /** Reads the row. False when the session has ended, or may have: the socket has been told. */
  check: (entry: SessionSocket) => Promise<boolean>
}

export type SocketRegistry = ReturnType<typeof createSocketRegistry>

/** One per node. Registered sockets are found by their session and by their user. */
export function createSocketRegistry (
  { clock, onReceipt, life = () => () => {}, find = async () => null, onError = () => {} }: SocketRegistryOptions
) {
  const bySession = new Map<string, Set<SessionSocket>>()
  const byUser = new Map<string, Set<SessionSocket>>()
  const askAgain = createUnconfirmedCheck({ clock, find, onError })
  let closed = false

  /**
   * Null when there is nothing to take in: the node is closing, and has told it so, or the socket has closed already.
   */
  function add (socket: WebSocket, session: SocketSession, frames?: FrameRules): SessionSocket | null {
    if (socket.readyState === socket.CLOSED) return null
    if (closed) {
      socket.close(CLOSE_CODES.restart, 'the server restarts')
      clock.setTimer(() => { socket.terminate() }, CLOSED_WITHIN_MS)
      return null
    }
    const entry: SessionSocket = createSessionSocket({
      socket,
      session,
      clock,
      onReceipt,
      onExpired: () => {
        if (entry.confirmed) expireSocket(entry, session.expiresAt)
        else void askAgain(entry)
      },
      onClose: () => {
        stopLife()
        remove(bySession, session.id, entry)
        remove(byUser, session.userId, entry)
      },
      ...(frames === undefined
        ? {}
        : {
            frameFilter: (deliver) => createFrameFilter({
              trusted: () => !entry.unverified && frames.leased(),
              check: () => frames.check(entry),
              deliver,
              close: (code, reason) => { entry.close(code, reason) }
            })
          })
    })
    if (frames !== undefined) entry.markUnverified()
    const stopLife = life(entry)
    insert(bySession, session.id, entry)
    insert(byUser, session.userId, entry)
    return entry
  }

  return {
    /** Takes a socket of ours in; from here on it gets `logout` when its session ends. */
    add: (socket: WebSocket, session: SocketSession): SessionSocket | null => add(socket, session),

    /** Takes an app's socket in: its frames are filtered before the app hears them. */
    attach: (socket: WebSocket, session: SocketSession, frames: FrameRules): SessionSocket | null =>
      add(socket, session, frames),

    /** Logs out the sockets of this session; gives how many were told. */
    logout (ended: EndedSession): number {
      let told = 0
      for (const entry of bySession.get(ended.id) ?? []) {
        if (entry.logout(logoutMessage(ended))) told++
      }
      return told
    },

    /** Tells these users' sockets that their list of sessions changed. */
    changed (userIds: Iterable<string>): void {
      for (const userId of userIds) {
        for (const entry of byUser.get(userId) ?? []) entry.send({ type: 'sessions_changed' })
      }
    },

    /**
     * The user's other devices are asked whether that login was theirs; one that waits for an answer itself is none of
     * them.
     */
    notice (userId: string, message: NoticeMessage): void {
      for (const entry of byUser.get(userId) ?? []) {
        if (entry.confirmed && entry.session.id !== message.session.id) entry.send(message)
      }
    },

    /** This session was confirmed: its sockets live on. */
    askAgain (sessionId: string): void {
      for (const entry of bySession.get(sessionId) ?? []) if (!entry.confirmed) void askAgain(entry)
    },

    /** Whether some socket of this user is open here. */
    hasSockets: (userId: string): boolean => byUser.has(userId),

    countOf: (sessionId: string): number => bySession.get(sessionId)?.size ?? 0,

    all (): SessionSocket[] {
      return [...bySession.values()].flatMap((entries) => [...entries])
    },

    /** The node goes down: everybody is told to connect elsewhere, and cut soon if they don't answer. */
    close (): void {
      closed = true
      for (const entry of this.all()) entry.close(CLOSE_CODES.restart, 'the server restarts')
    }
  }
}

function insert (index: Map<string, Set<SessionSocket>>, key: string, entry: SessionSocket): void {
  const entries = index.get(key)
  if (entries === undefined) index.set(key, new Set([entry]))
  else entries.add(entry)
}

function remove (index: Map<string, Set<SessionSocket>>, key: string, entry: SessionSocket): void {
  const entries = index.get(key)
  entries?.delete(entry)
  if (entries?.size === 0) index.delete(key)
}
