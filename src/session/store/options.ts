/** What the queries have to know beside their parameters. */
import type { Location } from '../../protocol.ts'

export interface StoreOptions {
  /** The schema of our tables; undefined: wherever the connection looks first. */
  schema: string | undefined
  /** A row counts as idle after this long, in ms: the timeout plus two batch intervals of activity. */
  idleAllowanceMs: number
  /** Where an address is; left out where nobody knows. */
  locate?: ((ip: string) => Location | null) | undefined
}
