/** The bus within one process: for one node, for tests, and for the simulation. */
import { randomUUID } from 'node:crypto'
import type { Bus, BusHandlers } from './bus.ts'

/** A meeting place: every bus that joins it hears every wake, its own too, as with Redis. */
export function createInProcessHub (): { join: () => Bus } {
  const members = new Map<string, BusHandlers>()

  function deliver (send: () => void): void {
    queueMicrotask(send)
  }

  return {
    join () {
      const address = randomUUID()
      return {
        address,
        async start (handlers) { members.set(address, handlers) },
        sendWake (wake) {
          for (const handlers of members.values()) deliver(() => { handlers.wake(structuredClone(wake)) })
        },
        sendAck (to, ack) {
          deliver(() => { members.get(to)?.ack(structuredClone(ack)) })
        },
        healthy: () => members.has(address),
        async close () { members.delete(address) }
      }
    }
  }
}
