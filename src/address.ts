/**
 * An IP address in its one form, from whatever a proxy, a listener or a person wrote: one address has one text
 * everywhere.
 */
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Gateways write an address of IPv4 into the last 32 bits of these: NAT64 (RFC 6052), and SIIT (RFC 2765). */
const EMBEDDING_IPV4 = ['64:ff9b::/96', '::ffff:0:0:0/96'].map((range) => ipaddr.IPv6.parseCIDR(range))

/**
 * What one customer of a provider has: the address of IPv4, the /64 of IPv6, whose lower half changes as its owner
 * likes.
 */
export function networkOf (address: string): string {
  if (isIP(address) !== 6) return address
  const parsed = ipaddr.IPv6.parse(address)
  if (EMBEDDING_IPV4.some((range) => parsed.match(range))) {
    return new ipaddr.IPv4(parsed.toByteArray().slice(-4)).toString()
  }
  return `${parsed.parts.slice(0, 4).map((part) => part.toString(16)).join(':')}::/64`
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
