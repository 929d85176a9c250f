/** What the app can listen to: `sessions.on('opened', …)`. A listener that throws or rejects disturbs nothing else. */
import { EventEmitter } from 'node:events'
import type { NoticeEvent } from '../notice-types.ts'
import type { DeviceType, EndReason, Session } from '../protocol.ts'

export interface SessionEvents {
  /** Somebody logged in, on this node. */
  opened: { userId: string, session: Session }
  /**
   * A login was refused on this node: the user has too many sessions (`SESSION_LIMIT_REACHED`), or it looks like
   * somebody else's (`SESSION_LOGIN_DENIED`).
   */
  denied: {
    userId: string,
    deviceType: DeviceType,
    clientId: string | null,
    ipAddress: string | null,
    code: 'SESSION_LIMIT_REACHED' | 'SESSION_LOGIN_DENIED'
  }
  /** A session ended, here or on another node; every node says so once. `at` is ISO 8601. */
  ended: { userId: string, sessionId: string, reason: EndReason, at: string }
  /** A notice could not be sent, and will not be tried again; said by the node that tried last. */
  noticeFailed: { userId: string, sessionId: string | null, kind: NoticeEvent, attempts: number, error: string }
}

export interface SessionEmitter {
  on: <Name extends keyof SessionEvents>(name: Name, listener: (event: SessionEvents[Name]) => unknown) => () => void
  emit: <Name extends keyof SessionEvents>(name: Name, event: SessionEvents[Name]) => void
  /** Whether anybody listens. */
  hasListeners: (name: keyof SessionEvents) => boolean
}

export function createSessionEmitter (onError: (error: unknown) => void): SessionEmitter {
  const emitter = new EventEmitter()
  return {
    on (name, listener) {
      const guarded = (event: SessionEvents[typeof name]): void => {
        try {
          // What an async listener rejects with would end the process.
          Promise.resolve(listener(event)).catch(onError)
        } catch (error) {
          onError(error)
        }
      }
      emitter.on(name, guarded)
      return () => { emitter.off(name, guarded) }
    },
    emit (name, event) { emitter.emit(name, event) },
    hasListeners: (name) => emitter.listenerCount(name) > 0
  }
}
