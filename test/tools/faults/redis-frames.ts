/** What Redis sends, cut into whole replies, so that published messages can be lost, doubled, late and out of order. */
import type { Tamper } from './link.ts'

const MESSAGE = Buffer.from('*3\r\n$7\r\nmessage\r\n')
const LATE_AT_MOST_MS = 3_000
const LOST = 0.1
const DOUBLED = 0.3
const LATE = 0.3

/** One for each connection. */
export function createMessageTamper (): Tamper {
  let rest: Buffer = Buffer.alloc(0)

  return (chunk, forward) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (let end = endOfReply(rest, 0); end !== -1; end = endOfReply(rest, 0)) {
      const reply = Buffer.from(rest.subarray(0, end))
      rest = rest.subarray(end)
      if (!reply.subarray(0, MESSAGE.length).equals(MESSAGE)) {
        forward(reply)
        continue
      }
      const copies = Math.random() < LOST ? 0 : Math.random() < DOUBLED ? 2 : 1
      for (let copy = 0; copy < copies; copy++) {
        if (Math.random() < LATE) setTimeout(forward, Math.random() * LATE_AT_MOST_MS, reply).unref()
        else forward(reply)
      }
    }
  }
}

/** Where the reply that begins here ends; -1: not all of it has come. */
function endOfReply (bytes: Buffer, at: number): number {
  const line = bytes.indexOf('\r\n', at)
  if (line === -1) return -1
  const kind = String.fromCharCode(bytes[at] ?? 0)
  const size = Number(bytes.toString('latin1', at + 1, line))
  let end = line + 2
  if (kind === '$' && size >= 0) end += size + 2
  else if (kind === '*') for (let item = 0; item < size && end !== -1; item++) end = endOfReply(bytes, end)
  return end > bytes.length ? -1 : end
}
