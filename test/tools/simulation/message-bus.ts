/** The simulated bus: wakes and acks get lost, come late, twice, or in another order. */
import { randomUUID } from 'node:crypto'
import type { Bus, BusHandlers } from '../../../src/revocation/bus.ts'
import type { Machine } from './machine.ts'
import type { Random } from './random.ts'
import type { World } from './world.ts'

export interface MessageBusOptions {
  world: World
  random: Random
  /** Part of the messages that arrive. */
  delivery: number
  /** Part of those that come up to eight seconds late. */
  late: number
  /** Part of those that come twice. */
  doubled: number
}

export type MessageBus = ReturnType<typeof createMessageBus>

export function createMessageBus ({ world, random, delivery, late, doubled }: MessageBusOptions) {
  const members = new Map<string, { machine: Machine, handlers: BusHandlers }>()
  let arriving = delivery

  function carry (address: string, deliver: (handlers: BusHandlers) => void): void {
    const member = members.get(address)
    if (member === undefined) return
    for (let copies = random.chance(doubled) ? 2 : 1; copies > 0; copies--) {
      if (!random.chance(arriving)) continue
      const ms = random.chance(late) ? random.real(0, 8_000) : random.pick([1, 3])
      world.later(ms, () => { member.machine.receive(() => { deliver(member.handlers) }) })
    }
  }

  return {
    /** The bus works better or worse from now on; the nodes are told that messages may have been lost. */
    shake (part: number): void {
      arriving = part
      for (const address of members.keys()) carry(address, (handlers) => { handlers.resumed() })
    },

    join (machine: Machine): Bus {
      const address = randomUUID()
      return {
        address,
        async start (handlers) { members.set(address, { machine, handlers }) },
        sendWake (wake) {
          for (const to of members.keys()) carry(to, (handlers) => { handlers.wake(structuredClone(wake)) })
        },
        sendAck (to, ack) {
          carry(to, (handlers) => { handlers.ack(structuredClone(ack)) })
        },
        healthy: () => members.has(address),
        async close () { members.delete(address) }
      }
    }
  }
}
