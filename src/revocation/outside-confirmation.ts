/**
 * Whoever ends sessions and is no node, as the command line does: it has no row, no memory and no sockets, and waits
 * for those that do.
 */
import type { Clock } from '../clock.ts'
import type { Bus } from './bus.ts'
import { Confirmation } from './confirmation.ts'
import { graceOf } from './lease.ts'
import type { NodeRegistry } from './node-registry.ts'
import { createNotifiedCounts } from './notified-counts.ts'

export interface OutsideConfirmationOptions {
  clock: Clock
  registry: NodeRegistry
  bus: Bus
  onError: (error: unknown) => void
  /** For acks to come back to; null where nobody can be woken. */
  name: string | null
  leaseMs: number
}

export function createOutsideConfirmation (
  { clock, registry, bus, name, leaseMs, onError }: OutsideConfirmationOptions
) {
  const confirmation = new Confirmation({
    registry,
    renewal: { incarnation: name, nodes: [], renew: async () => {} },
    bus,
    clock,
    graceMs: graceOf(leaseMs),
    apply: () => {},
    notified: createNotifiedCounts(),
    onError
  })
  return {
    confirm: confirmation.confirm.bind(confirmation),

    async listen (): Promise<void> {
      await bus.start({ wake: () => {}, ack: (ack) => { confirmation.onAck(ack) }, resumed: () => {} })
    }
  }
}
