/**
 * Ids of devices that this server issues, each for one user: half of it is random, half says for whom. One that was
 * planted groups nobody's sessions.
 */
import { createHmac, randomBytes, timingSafeEqual, type KeyObject } from 'node:crypto'

const RANDOM_BYTES = 8
const ACCOUNT_TAG_BYTES = 16
/** Written as a UUID is. */
const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export interface DeviceIds {
  issue: (userId: string) => string
  /** Whether we issued this id for this user, with any of the keys. */
  isOurs: (id: string, userId: string) => boolean
  /** A tag that says: this device signed in to this account. */
  signIn: (id: string, account: string) => string
  /** Whether the tag says so, with any of the keys. */
  signedInTo: (id: string, account: string, tag: string) => boolean
}

/** The first key signs, all verify. */
export function createDeviceIds (keys: readonly [KeyObject, ...KeyObject[]]): DeviceIds {
  return {
    issue (userId) {
      const random = randomBytes(RANDOM_BYTES)
      const hex = Buffer.concat([random, userTag(keys[0], random, userId)]).toString('hex')
      return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
    },

    isOurs (id, userId) {
      if (!FORM.test(id)) return false
      const bytes = Buffer.from(id.replaceAll('-', ''), 'hex')
      const [random, tag] = [bytes.subarray(0, RANDOM_BYTES), bytes.subarray(RANDOM_BYTES)]
      return keys.some((key) => timingSafeEqual(userTag(key, random, userId), tag))
    },

    signIn: (id, account) => accountTag(keys[0], id, account).toString('base64url'),

    signedInTo (id, account, tag) {
      const given = Buffer.from(tag, 'base64url')
      return FORM.test(id) && given.length === ACCOUNT_TAG_BYTES &&
        keys.some((key) => timingSafeEqual(accountTag(key, id, account), given))
    }
  }
}

function userTag (key: KeyObject, random: Buffer, userId: string): Buffer {
  return createHmac('sha256', key).update(random).update(userId).digest().subarray(0, RANDOM_BYTES)
}

/**
 * With a zero byte after the purpose: no user's id has one (PostgreSQL could not hold it), so no tag of the one kind is
 * one of the other.
 */
function accountTag (key: KeyObject, id: string, account: string): Buffer {
  return createHmac('sha256', key).update(`account\0signed in\0${id}\0${account}`).digest().subarray(
    0,
    ACCOUNT_TAG_BYTES
  )
}
