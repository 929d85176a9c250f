/** What the commands that end sessions are told: why, by whom, and what there is to know of the nodes. */
import { DEFAULTS } from '../options/defaults.ts'
import { REVOCATION_REASONS, type RevocationReason } from '../protocol.ts'
import type { Cause } from '../session/ended-session.ts'
import type { OptionSpecs } from './command.ts'
import { databaseOptions, type DatabaseValues } from './database.ts'
import { Misuse } from './failures.ts'
import { redisOptions, type RedisValues } from './redis-options.ts'

export const revocationOptions = {
  reason: { type: 'string', value: '<reason>', description: `${REVOCATION_REASONS.join(', ')}. Default: revoked_by_admin` },
  by: { type: 'string', value: '<who>', description: 'Who ends them, for the audit events. Default: system' },
  'lease-ms': {
    type: 'string',
    value: '<ms>',
    description:
      `The nodes' option leaseMs, if it is not ${DEFAULTS.leaseMs}: a node that does not answer is waited for until its lease is over`
  },
  ...databaseOptions,
  ...redisOptions
} as const satisfies OptionSpecs

export const HOW_CONFIRMED =
  `Devices are logged out live. The command ends when every node has said that it accepts these sessions no longer, and reports that.
Without Redis and the secret the nodes notice by themselves, within about a second. Repeating it is safe.`

export interface RevocationValues extends DatabaseValues, RedisValues {
  reason: string | undefined
  by: string | undefined
  'lease-ms': string | undefined
}

export function causeOf ({ reason = 'revoked_by_admin', by = 'system' }: RevocationValues): Cause {
  if (!(REVOCATION_REASONS as readonly string[]).includes(reason)) {
    throw new Misuse(`--reason is one of ${REVOCATION_REASONS.join(', ')}`)
  }
  return { reason: reason as RevocationReason, by, ip: null }
}
