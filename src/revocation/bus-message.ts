/** Bus messages as bytes: versioned, small, signed with HMAC-SHA256. What does not fit is null, never an error. */
import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto'
import { MAX_ACK_NODES, MAX_XIDS, type Ack, type Wake } from './bus.ts'

export type BusMessage =
  | { kind: 'wake', body: Wake }
  | { kind: 'ack', body: Ack }
  | { kind: 'beacon', body: { nonce: string } }

const PREFIX = '1.'
export const MAX_MESSAGE_BYTES = 2_048

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const XID = /^\d{1,20}$/

/** `1.<JSON>.<base64url of the MAC over all before it>`. A logout waits for four of these steps, so they are few. */
export function encodeMessage (message: BusMessage, [key]: readonly [KeyObject, ...KeyObject[]]): string {
  const content = PREFIX + JSON.stringify([message.kind, message.body])
  return `${content}.${createHmac('sha256', key).update(content).digest('base64url')}`
}

/**
 * The message, or null when it is too large, of another version, not signed with any of our keys, or not of our shape.
 */
export function decodeMessage (text: string, keys: readonly KeyObject[]): BusMessage | null {
  if (text.length > MAX_MESSAGE_BYTES || !text.startsWith(PREFIX)) return null
  const end = text.lastIndexOf('.')
  const content = text.slice(0, end)
  const given = Buffer.from(text.slice(end + 1), 'base64url')
  const signed = keys.some((key) => {
    const expected = createHmac('sha256', key).update(content).digest()
    return given.length === expected.length && timingSafeEqual(given, expected)
  })
  return signed ? parse(content.slice(PREFIX.length)) : null
}

function parse (json: string): BusMessage | null {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return null
  }
  if (!Array.isArray(value) || typeof value[1] !== 'object' || value[1] === null) return null
  const [kind, body] = value as [unknown, Record<string, unknown>]
  const { nonce, from, to, replyTo, xids, notified, nodes } = body
  if (!matches(nonce, UUID)) return null
  if (kind === 'beacon') return { kind, body: { nonce } }
  if (!matches(from, UUID)) return null
  if (kind === 'wake' && matches(replyTo, UUID) && isListOf(xids, XID, MAX_XIDS)) {
    return { kind, body: { nonce, from, replyTo, xids } }
  }
  if (
    kind === 'ack' && matches(to, UUID) && Number.isSafeInteger(notified) && (notified as number) >= 0 &&
    isListOf(nodes, UUID, MAX_ACK_NODES)
  ) {
    return { kind, body: { nonce, to, from, notified: notified as number, nodes } }
  }
  return null
}

function isListOf (value: unknown, pattern: RegExp, most: number): value is string[] {
  return Array.isArray(value) && value.length <= most && value.every((one) => matches(one, pattern))
}

function matches (value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value)
}
