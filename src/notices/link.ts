/** The link behind "This wasn't me": names one notice, expires, and is signed. What it did the notice's row keeps. */
import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto'

export interface ReportLinks {
  /** A token of 72 characters for a path; `until` in ms since 1970. */
  issue: (noticeId: string, until: number) => string
  /** Null: no link of ours. */
  read: (token: string) => { noticeId: string, until: number } | null
}

const ID_BYTES = 16
const TIME_BYTES = 6
const TAG_BYTES = 32
const LENGTH = Math.ceil((ID_BYTES + TIME_BYTES + TAG_BYTES) * 4 / 3)

/** The first key signs, all verify. */
export function createReportLinks (keys: readonly [KeyObject, ...KeyObject[]]): ReportLinks {
  return {
    issue (noticeId, until) {
      const named = Buffer.alloc(ID_BYTES + TIME_BYTES)
      named.write(noticeId.replaceAll('-', ''), 'hex')
      named.writeUIntBE(Math.floor(until / 1_000), ID_BYTES, TIME_BYTES)
      return Buffer.concat([named, tagOf(keys[0], named)]).toString('base64url')
    },

    read (token) {
      const bytes = Buffer.from(token, 'base64url')
      // One text a token: what decodes to the same bytes in another way is none.
      if (token.length !== LENGTH || bytes.toString('base64url') !== token) return null
      const named = bytes.subarray(0, ID_BYTES + TIME_BYTES)
      const tag = bytes.subarray(ID_BYTES + TIME_BYTES)
      if (!keys.some((key) => timingSafeEqual(tagOf(key, named), tag))) return null
      const hex = named.toString('hex', 0, ID_BYTES)
      const noticeId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
      return { noticeId, until: named.readUIntBE(ID_BYTES, TIME_BYTES) * 1_000 }
    }
  }
}

function tagOf (key: KeyObject, named: Buffer): Buffer {
  return createHmac('sha256', key).update(named).digest()
}
