/** What the queries have to know beside their parameters. */

export interface StoreOptions {
  /** The schema of our tables; undefined: wherever the connection looks first. */
  schema: string | undefined
  /** A row counts as idle after this long, in ms: the timeout plus two batch intervals of activity. */
  idleAllowanceMs: number
}
