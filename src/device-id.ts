/** Ids of devices that this server issues, each for one user: half of it is random, half says for whom. One that was planted groups nobody's sessions. */
import { createHmac, randomBytes, timingSafeEqual, type KeyObject } from 'node:crypto'

const RANDOM_BYTES = 8
/** Written as a UUID is. */
const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export interface DeviceIds {
  issue: (userId: string) => string
  /** Whether we issued this id for this user, with any of the keys. */
  isOurs: (id: string, userId: string) => boolean
}

/** The first key signs, all verify. */
export function createDeviceIds (keys: readonly [KeyObject, ...KeyObject[]]): DeviceIds {
  return {
    issue (userId) {
      const random = randomBytes(RANDOM_BYTES)
      const hex = Buffer.concat([random, tagOf(keys[0], random, userId)]).toString('hex')
      return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
    },

    isOurs (id, userId) {
      if (!FORM.test(id)) return false
      const bytes = Buffer.from(id.replaceAll('-', ''), 'hex')
      const [random, tag] = [bytes.subarray(0, RANDOM_BYTES), bytes.subarray(RANDOM_BYTES)]
      return keys.some((key) => timingSafeEqual(tagOf(key, random, userId), tag))
    }
  }
}

function tagOf (key: KeyObject, random: Buffer, userId: string): Buffer {
  return createHmac('sha256', key).update(random).update(userId).digest().subarray(0, RANDOM_BYTES)
}
