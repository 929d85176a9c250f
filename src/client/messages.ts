/**
 * Frames to messages: what is malformed, or of a type that this version does not know, is null; and so is a heartbeat,
 * which says nothing but that the socket lives.
 */
import type { ServerMessage } from '../protocol.ts'

/** Above this, twice the heartbeat no longer fits into a timer. */
const MAX_HEARTBEAT_MS = 1e9

export const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

type Message = Exclude<ServerMessage, { type: 'heartbeat' }>

/** What must be there, as text, in a message of each known type. */
const TEXTS: Record<string, readonly string[]> = {
  welcome: ['sessionId'],
  logout: ['sessionId', 'eventId', 'reason', 'at'],
  notice: ['kind'],
  sessions_changed: []
} satisfies Record<Message['type'], string[]>

/** The message in a frame, checked field by field. */
export function parseMessage (frame: unknown): Message | null {
  try {
    const message = isText(frame) && JSON.parse(frame)
    const { type, heartbeatMs, session } = message
    const complete = isText(type) && TEXTS[type]?.every((name) => isText(message[name])) &&
      (type !== 'welcome' || (typeof heartbeatMs === 'number' && heartbeatMs > 0 && heartbeatMs < MAX_HEARTBEAT_MS)) &&
      (type !== 'notice' || isText(session.id))
    return complete ? message : null
  } catch {
    return null
  }
}
