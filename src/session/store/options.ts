/** What the queries have to know beside their parameters. */
import { WHOLE_ADDRESSES, type AddressRule } from '../../address.ts'
import type { Location } from '../../protocol.ts'

export interface StoreOptions {
  /** The schema of our tables; undefined: wherever the connection looks first. */
  schema: string | undefined
  /** A row counts as idle after this long, in ms: the timeout plus two batch intervals of activity. */
  idleAllowanceMs: number
  /** Where an address is; left out where nobody knows. */
  locate?: ((ip: string) => Location | null) | undefined
  /** What is kept of addresses; left out: all of it. */
  addressRule?: AddressRule | undefined
}

/** An address, as it is written. */
export function keptBy ({ addressRule = WHOLE_ADDRESSES }: StoreOptions): AddressRule['kept'] {
  return addressRule.kept
}
