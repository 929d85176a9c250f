/** What the commands that end sessions work with: an outsider to the nodes, its ports bound to PostgreSQL and Redis. */
import { randomUUID } from 'node:crypto'
import { systemClock, type Clock } from '../clock.ts'
import { DEFAULTS } from '../options/defaults.ts'
import { RevocationUnconfirmed } from '../errors.ts'
import type { RevocationReport } from '../protocol.ts'
import type { Bus } from '../revocation/bus.ts'
import { createInProcessHub } from '../revocation/in-process-bus.ts'
import { createNodeRegistry } from '../revocation/node-registry.ts'
import { createOutsideConfirmation } from '../revocation/outside-confirmation.ts'
import { createStore, type Store } from '../session/store/store.ts'
import { createEndingUseCases } from '../session/use-cases.ts'
import { FOREVER_MS, withDatabase } from './database.ts'
import { Failure } from './failures.ts'
import { numberOf } from './numbers.ts'
import { counted, type Output } from './output.ts'
import { checkedRedis } from './redis-options.ts'
import type { RevocationValues } from './revocation-options.ts'

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
    const bus = await openBus(redis)
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

async function openBus (redis: ReturnType<typeof checkedRedis>): Promise<Bus> {
  if (redis === null) return createInProcessHub().join()
  // Loaded only where there is one.
  const { RedisBus } = await import('../revocation/redis-bus.ts')
  return new RedisBus({ ...redis, beaconMs: DEFAULTS.renewalMs, clock, onLink: () => {} })
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
