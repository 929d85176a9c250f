/** What is kept of the addresses that people come from, and for how long. */
import { checkNumber, checkOneOf, MAX_DURATION_MS, readGroup, type Defined } from './values.ts'

export const ADDRESS_PRECISIONS = ['whole', 'network', 'none'] as const
export type AddressPrecision = typeof ADDRESS_PRECISIONS[number]

export interface AddressOptions {
  /**
   * What is kept and shown of an address, at most: `network` is its /24 (of IPv6: its /48), `none` keeps none. Places
   * and limits of failed logins go by whole addresses all the same, in memory.
   * @default 'whole'
   */
  precision?: AddressPrecision
  /** Addresses are forgotten after this long, in ms. @default null, with the rows that they are in */
  retentionMs?: number | null
}

export type ResolvedAddresses = Required<AddressOptions>

export const ADDRESS_DEFAULTS = { precision: 'whole' as AddressPrecision, retentionMs: null as number | null }

export function resolveAddresses (given: AddressOptions | undefined): ResolvedAddresses {
  const group: Partial<Defined<AddressOptions>> = readGroup('addresses', given, Object.keys(ADDRESS_DEFAULTS)) ?? {}
  const resolved = { ...ADDRESS_DEFAULTS, ...group }
  checkOneOf('addresses.precision', resolved.precision, ADDRESS_PRECISIONS)
  if (resolved.retentionMs !== null) {
    checkNumber('addresses.retentionMs', resolved.retentionMs, 1, MAX_DURATION_MS, ', or null')
  }
  return resolved
}
