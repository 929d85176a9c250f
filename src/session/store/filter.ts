/** Filters over everybody's sessions, as SQL: what administrators search and end by. */
import { status } from '../../database/session-sql.ts'
import { normalizeAddress, type AddressRule } from '../../address.ts'
import { ArgumentInvalid } from '../../errors.ts'
import type { DeviceType, SessionStatus } from '../../protocol.ts'

/** All conditions hold together. Times are ISO 8601. */
export interface SessionFilter {
  userId?: string
  ip?: string
  countryCode?: string
  deviceType?: DeviceType
  clientId?: string
  createdBefore?: string
  inactiveSince?: string
  /** A part of the user id or the device name; `%` and `_` mean themselves. */
  q?: string
  status?: SessionStatus
}

export const FILTER_NAMES = [
  'userId',
  'ip',
  'countryCode',
  'deviceType',
  'clientId',
  'createdBefore',
  'inactiveSince'
] as const

/** No condition: everybody's sessions. */
export function isEverybody (filter: SessionFilter): boolean {
  return Object.values(filter).every((value) => value === undefined)
}

/**
 * The filter as it is asked. Throws SESSION_ARGUMENT_INVALID for an `ip` that is no address: to leave it out would mean
 * everybody.
 */
export function normalizeFilter (filter: SessionFilter): SessionFilter {
  if (filter.ip === undefined) return filter
  const ip = normalizeAddress(filter.ip)
  if (ip === null) throw new ArgumentInvalid('ip must be an IP address, like 192.0.2.1 or 2001:db8::1')
  return { ...filter, ip }
}

/** For a look: what is kept of the address, where anything is. Others of its network are found as well. */
export function filterOfKept (filter: SessionFilter, { kept }: AddressRule): SessionFilter {
  const ip = kept(filter.ip ?? null)
  return ip === null ? filter : { ...filter, ip }
}

/**
 * For an end: throws SESSION_ARGUMENT_INVALID for an address of which less is kept. Who else is in its network is not
 * to be ended unasked.
 */
export function requireKept (filter: SessionFilter, { kept }: AddressRule): SessionFilter {
  const ip = kept(filter.ip ?? null)
  if (ip === null || ip === filter.ip) return filter
  throw new ArgumentInvalid(`of addresses only networks are kept; to end all sessions of this one's, give ip ${ip}`)
}

/** The parameters `$1` to `$9` of a filter. */
export function filterValues (
  { userId, ip, countryCode, deviceType, clientId, createdBefore, inactiveSince, q, status }: SessionFilter
): unknown[] {
  return [
    userId,
    ip,
    countryCode,
    deviceType,
    clientId,
    createdBefore,
    inactiveSince,
    q === undefined ? null : `%${escapeLike(q)}%`,
    status
  ]
}

/** The condition for {@link filterValues}. `idle` is the parameter with the idle allowance in ms. */
export function filterCondition (idle: string): string {
  return `($1::text is null or user_id = $1) and ($2::text is null or ip_address = $2)
    and ($3::text is null or location->>'countryCode' = $3) and ($4::text is null or device_type = $4)
    and ($5::text is null or client_id = $5) and ($6::timestamptz is null or created_at < $6) and ($7::timestamptz is null or last_activity_at < $7)
    and ($8::text is null or user_id ilike $8 escape '\\' or device_name ilike $8 escape '\\')
    and ($9::text is null or $9 = ${status(idle)})`
}

function escapeLike (text: string): string {
  return text.replace(/[\\%_]/g, (character) => `\\${character}`)
}
