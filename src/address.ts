/**
 * An IP address in its one form, from whatever a proxy, a listener or a person wrote: one address has one text
 * everywhere.
 */
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { AddressPrecision } from './options/addresses.ts'

/** Gateways write an address of IPv4 into the last 32 bits of these: NAT64 (RFC 6052), and SIIT (RFC 2765). */
const EMBEDDING_IPV4 = ['64:ff9b::/96', '::ffff:0:0:0/96'].map((range) => ipaddr.IPv6.parseCIDR(range))

/**
 * What one customer of a provider has: the address of IPv4, the /64 of IPv6, whose lower half changes as its owner
 * likes.
 */
export function networkOf (address: string): string {
  if (isIP(address) !== 6) return address
  const parsed = ipaddr.IPv6.parse(address)
  return embeddedIpv4(parsed) ?? `${parsed.parts.slice(0, 4).map((part) => part.toString(16)).join(':')}::/64`
}

function embeddedIpv4 (address: ipaddr.IPv6): string | null {
  const embeds = EMBEDDING_IPV4.some((range) => address.match(range))
  return embeds ? new ipaddr.IPv4(address.toByteArray().slice(-4)).toString() : null
}

/** What is kept of addresses; both take what was kept before, too. */
export interface AddressRule {
  /** An address as it is stored and shown. */
  kept: (address: string | null) => string | null
  /** What a device is noted by: no more than {@link networkOf}, and than what is kept. */
  network: (address: string | null) => string | null
}

export const WHOLE_ADDRESSES: AddressRule = {
  kept: (address) => address,
  network: (address) => address === null ? null : networkOf(address)
}
const NETWORKS: AddressRule = {
  kept: (address) => address === null ? null : firstOf(address),
  network (address) {
    if (address === null) return null
    const first = firstOf(address.replace(/\/\d+$/, ''))
    return `${first}/${isIP(first) === 6 ? 48 : 24}`
  }
}
const NO_ADDRESSES: AddressRule = { kept: () => null, network: () => null }

const RULES: Readonly<Record<AddressPrecision, AddressRule>> = {
  whole: WHOLE_ADDRESSES,
  network: NETWORKS,
  none: NO_ADDRESSES
}

export function addressRuleOf (precision: AddressPrecision): AddressRule {
  return RULES[precision]
}

/** The first address of its /24, of IPv6 of its /48. */
function firstOf (address: string): string {
  if (isIP(address) !== 6) return address.replace(/\.\d+$/, '.0')
  const parsed = ipaddr.IPv6.parse(address)
  const embedded = embeddedIpv4(parsed)
  if (embedded !== null) return firstOf(embedded)
  return new ipaddr.IPv6([...parsed.parts.slice(0, 3), 0, 0, 0, 0, 0]).toRFC5952String()
}

/** As some proxies write it (Azure's application gateway): with a port, in brackets, in quotes as RFC 7239 has it. */
const QUOTED = /^"(.*)"$/
const BRACKETED = /^\[([^\]]*)\](?::\d{1,5})?$/
const IPV4_WITH_PORT = /^((?:::ffff:)?\d{1,3}(?:\.\d{1,3}){3})\s*:\d{1,5}$/i
/** The longest address, its zone and brackets; anything longer is none, and not worth a look. */
const MAX_CHARACTERS = 100

/**
 * IPv4 dotted, also where it came as `::ffff:192.0.2.1`; IPv6 as RFC 5952 writes it, without zone; without port and
 * brackets. Null for what is no address, and for a connection that has none (a Unix socket).
 */
export function normalizeAddress (given: string | null | undefined): string | null {
  if (typeof given !== 'string' || given.length > MAX_CHARACTERS) return null
  const text = given.trim().replace(QUOTED, '$1').trim()
  if (isIP(text) === 4) return text
  const bare = (BRACKETED.exec(text)?.[1] ?? IPV4_WITH_PORT.exec(text)?.[1] ?? text).replace(/%.*$/, '')
  switch (isIP(bare)) {
    case 4: return bare
    case 6: {
      const address = ipaddr.IPv6.parse(bare)
      return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : address.toRFC5952String()
    }
    default: return null
  }
}
