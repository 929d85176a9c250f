/** What the commands that end sessions work with: an outsider to the nodes, its ports bound to PostgreSQL and Redis. */
import { randomUUID } from 'node:crypto'
import { systemClock, type Clock } from '../clock.ts'
import { DEFAULTS } from '../options/defaults.ts'
import { RevocationUnconfirmed } from '../errors.ts'
import { REVOCATION_REASONS, type RevocationReason, type RevocationReport } from '../protocol.ts'
import type { Bus } from '../revocation/bus.ts'
import { createInProcessHub } from '../revocation/in-process-bus.ts'
import { createNodeRegistry } from '../revocation/node-registry.ts'
import { createOutsideConfirmation } from '../revocation/outside-confirmation.ts'
import { RedisBus } from '../revocation/redis-bus.ts'
import type { Cause } from '../session/ended-session.ts'
import { createStore, type Store } from '../session/store/store.ts'
import { createEndingUseCases } from '../session/use-cases.ts'
import type { OptionSpecs } from './command.ts'
import { databaseOptions, withDatabase, type DatabaseValues } from './database.ts'
import { Failure, Misuse } from './failures.ts'
import { numberOf } from './numbers.ts'
import { counted, type Output } from './output.ts'
import { checkedRedis, redisOptions, type RedisValues } from './redis-options.ts'

/**
 * The app's idle timeout is not known here. Whatever its rows still hold as alive is alive, and gets ended: never too
 * little.
 */
export const FOREVER_MS = 1_000 * 365 * 86_400_000

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

export interface Revocations extends ReturnType<typeof createEndingUseCases> {
  store: Store
}

/** An hour: longer, it is a slip of the finger. */
const MAX_LEASE_MS = 3_600_000

/** Timers that keep the process alive: it waits for nothing else. */
const clock: Clock = {
  ...systemClock,
  setTimer (callback, ms) {
    const timer = setTimeout(callback, ms)
    return { cancel: () => { clearTimeout(timer) } }
  }
}

/**
 * Opens everything, works, closes everything. What was committed but not confirmed fails with the advice to repeat it.
 */
export async function withRevocations (
  values: RevocationValues, output: Output, work: (revocations: Revocations) => Promise<RevocationReport | null>
): Promise<void> {
  const leaseMs = numberOf('lease-ms', values['lease-ms'], { otherwise: DEFAULTS.leaseMs, max: MAX_LEASE_MS })
  const redis = checkedRedis(values)
  await withDatabase(values, async (database) => {
    const { sql, schema } = database
    // A name of its own for acks to come back to; it has no row, and nobody waits for it.
    const incarnation = redis === null ? null : randomUUID()
    const bus: Bus = redis === null
      ? createInProcessHub().join()
      : new RedisBus({ ...redis, beaconMs: DEFAULTS.renewalMs, clock, onLink: () => {} })
    const registry = createNodeRegistry({ renewal: sql, sql, schema })
    const outsider = createOutsideConfirmation({ clock, registry, bus, name: incarnation, leaseMs, onError: () => {} })
    const store = createStore({ database, idleAllowanceMs: FOREVER_MS, onError: () => {} })
    const useCases = createEndingUseCases({
      store,
      async confirm (ended, seen) {
        output.progress('Ended; waiting until every node knows …')
        return await outsider.confirm(ended, seen)
      },
      renew: async () => {},
      closing: () => false,
      idleTimeoutMs: FOREVER_MS
    })
    try {
      await outsider.listen()
      if (redis !== null && !bus.healthy()) {
        output.say('Redis does not answer; the nodes notice by themselves, within about a second.')
      }
      const report = await work({ store, ...useCases })
      if (report !== null) print(output, report, bus.healthy() && incarnation !== null)
    } catch (error) {
      if (error instanceof RevocationUnconfirmed) {
        throw new Failure(
          'The sessions have ended, but it could not be confirmed that every node knows',
          'run the same command again: it is safe, and waits'
        )
      }
      throw error
    } finally {
      await bus.close()
    }
  })
}

export function causeOf ({ reason = 'revoked_by_admin', by = 'system' }: RevocationValues): Cause {
  if (!(REVOCATION_REASONS as readonly string[]).includes(reason)) {
    throw new Misuse(`--reason is one of ${REVOCATION_REASONS.join(', ')}`)
  }
  return { reason: reason as RevocationReason, by, ip: null }
}

function print (output: Output, { nodes, ...report }: RevocationReport, woken: boolean): void {
  // The library counts the node that asks; this process is none.
  const acknowledged = nodes.acknowledged - 1
  const { count, waitedMs, sockets } = report
  const ended = count === 0 ? 'Nothing was left to end.' : `Ended ${counted(count, 'session')}.`
  const silent = nodes.lapsed === 0
    ? ''
    : `, ${nodes.lapsed} silent ${nodes.lapsed === 1 ? 'one was' : 'ones were'} waited out`
  const told = woken ? ` ${counted(sockets.notified, 'open socket')} told.` : ''
  output.result(
    { ...report, nodes: { acknowledged, lapsed: nodes.lapsed } },
    `${ended} Confirmed after ${waitedMs} ms: no node accepts ${count === 1 ? 'it' : 'them'} any more (${
      counted(acknowledged, 'node')
    } said so${silent}).${told}`
  )
}
