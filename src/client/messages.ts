/** Frames to messages: what is malformed, or of a type that this version does not know, is null. */
import type { ServerMessage } from '../protocol.ts'

/** Above this, twice the heartbeat no longer fits into a timer. */
const MAX_HEARTBEAT_MS = 1e9

export const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** What a frame may hold: nothing of it is sure. */
interface Frame {
  type?: unknown
  sessionId?: unknown
  heartbeatMs?: unknown
  eventId?: unknown
  reason?: unknown
  at?: unknown
  kind?: unknown
  session?: { id?: unknown } | null
}

/** The message in a frame, checked field by field. */
export function parseMessage (frame: unknown): ServerMessage | null {
  const message = parseObject(frame)
  return message && isComplete(message) ? message as unknown as ServerMessage : null
}

function isComplete (message: Frame): boolean {
  const { type, heartbeatMs } = message
  switch (type) {
    case 'welcome':
      return isText(message.sessionId) &&
        typeof heartbeatMs === 'number' && heartbeatMs > 0 && heartbeatMs < MAX_HEARTBEAT_MS
    case 'logout':
      return [message.sessionId, message.eventId, message.reason, message.at].every(isText)
    case 'notice':
      return isText(message.kind) && isText(message.session?.id)
    default:
      return type === 'sessions_changed' || type === 'heartbeat'
  }
}

function parseObject (frame: unknown): Frame | null {
  try {
    const value: unknown = isText(frame) ? JSON.parse(frame) : null
    return typeof value === 'object' ? value : null
  } catch {
    return null
  }
}
