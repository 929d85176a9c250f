/** What the driver and a node say to each other over IPC. */

export interface NodeSettings {
  database: string
  redis: string | null
  redisPrefix: string
  secret: string
  leaseMs: number
  renewalMs: number
  queryTimeoutMs: number
}

export type ToNode =
  | { kind: 'block', ms: number }
  | { kind: 'shift', ms: number }

export type FromNode =
  | { kind: 'ready', port: number }
  /** A login's password is being checked. */
  | { kind: 'verifying', email: string }
