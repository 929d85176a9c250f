/** Frames to messages: what is malformed, or of a type that this version does not know, is null. */
import type { ServerMessage } from '../protocol.ts'

/** Above this, twice the heartbeat no longer fits into a timer. */
const MAX_HEARTBEAT_MS = 1e9

export const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** The message in a frame, checked field by field. */
export function parseMessage (frame: unknown): ServerMessage | null {
  const message = parseObject(frame)
  return message !== null && isComplete(message) ? message as unknown as ServerMessage : null
}

function isComplete (message: Record<string, unknown>): boolean {
  const { type, sessionId, heartbeatMs, eventId, reason, at, kind, session } = message
  switch (type) {
    case 'welcome':
      return isText(sessionId) && typeof heartbeatMs === 'number' && heartbeatMs > 0 && heartbeatMs < MAX_HEARTBEAT_MS
    case 'logout':
      return [sessionId, eventId, reason, at].every(isText)
    case 'notice':
      return isText(kind) && isText((session as { id?: unknown } | null | undefined)?.id)
    default:
      return type === 'sessions_changed' || type === 'heartbeat'
  }
}

function parseObject (frame: unknown): Record<string, unknown> | null {
  try {
    const value: unknown = isText(frame) ? JSON.parse(frame) : null
    return typeof value === 'object' ? value as Record<string, unknown> | null : null
  } catch {
    return null
  }
}
