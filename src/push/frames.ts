/** What a client may say: acks. Everything else is ignored, or a reason to close. Pure. */
import { CLOSE_CODES, MAX_FRAME_BYTES, type AckMessage } from '../protocol.ts'

/** What a frame is; `code` is the one to close with. */
export type Frame =
  | { kind: 'ack', ack: AckMessage }
  | { kind: 'ignored' }
  | { kind: 'rejected', code: number, why: string }

/** Reads one frame as `ws` gives it. */
export function readFrame (data: Buffer | ArrayBuffer | Buffer[], isBinary: boolean): Frame {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as ArrayBuffer)
  if (bytes.length > MAX_FRAME_BYTES) return { kind: 'rejected', code: CLOSE_CODES.tooBig, why: 'frame too big' }
  if (isBinary) return { kind: 'rejected', code: CLOSE_CODES.policy, why: 'binary frame' }
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch {
    return { kind: 'rejected', code: CLOSE_CODES.policy, why: 'not JSON' }
  }
  const ack = readAck(value)
  return ack === null ? { kind: 'ignored' } : { kind: 'ack', ack }
}

function readAck (value: unknown): AckMessage | null {
  if (typeof value !== 'object' || value === null) return null
  const { type, eventId, state, wiping } = value as Record<string, unknown>
  if (type !== 'ack' || typeof eventId !== 'string' || (state !== 'delivered' && state !== 'wiped')) return null
  return { type, eventId, state, ...(wiping === true ? { wiping } : {}) }
}
