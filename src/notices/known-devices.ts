/**
 * What is known of where and with what a user signs in: devices that did, and sessions that live. One query, one typed
 * function.
 */
import type { KeptLocation } from './places-record.ts'

/** A device that signed in, or a session that lives. */
export interface Past {
  /** Null for a session; its device is here of its own. */
  deviceId: string | null
  /** When it came first, and when it was last there, in ms since 1970. */
  since: number
  at: number
  /** The networks (an address of IPv4, a /64 of IPv6) and countries it signed in from, the latest first. */
  networks: readonly string[]
  countries: readonly string[]
  location: KeptLocation | null
  /** Somebody said "this wasn't me": it may not sign in to this account any more. */
  refused: boolean
}
