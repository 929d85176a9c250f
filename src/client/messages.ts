/** Frames to messages: what is malformed, or of a type that this version does not know, is null. */
import type { ServerMessage } from '../protocol.ts'

/** Above this, twice the heartbeat no longer fits into a timer. */
const MAX_HEARTBEAT_MS = 1e9

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''

/** The message in a frame, checked field by field. */
export function parseMessage (frame: unknown): ServerMessage | null {
  const message = parseObject(frame)
  switch (message?.type) {
    case 'welcome': {
      const beat = message.heartbeatMs
      return isText(message.sessionId) && typeof beat === 'number' && beat > 0 && beat < MAX_HEARTBEAT_MS
        ? message as unknown as ServerMessage
        : null
    }
    case 'logout':
      return [message.eventId, message.sessionId, message.reason, message.at].every(isText)
        ? message as unknown as ServerMessage
        : null
    case 'notice':
      return isText(message.kind) && isText((message.session as { id?: unknown } | null | undefined)?.id)
        ? message as unknown as ServerMessage
        : null
    case 'sessions_changed':
    case 'heartbeat':
      return message as unknown as ServerMessage
    default:
      return null
  }
}

function parseObject (frame: unknown): Record<string, unknown> | null {
  if (typeof frame !== 'string') return null
  try {
    const value: unknown = JSON.parse(frame)
    return typeof value === 'object' ? value as Record<string, unknown> | null : null
  } catch {
    return null
  }
}
