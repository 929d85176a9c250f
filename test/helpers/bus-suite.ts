/** What every bus keeps to, whatever carries it; run by each implementation. */
import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { Ack, Bus, Wake } from '../../src/revocation/bus.ts'

export interface Member {
  bus: Bus
  wakes: Wake[]
  acks: Ack[]
  resumed: () => number
  /** Resolves when a wake of this nonce has come; the fence behind which nothing earlier is under way. */
  heard: (nonce: string) => Promise<void>
  acked: (nonce: string) => Promise<void>
  resumedAgain: (times: number) => Promise<void>
}

export function wakeOf (bus: Bus, xids: string[] = ['7']): Wake {
  return { nonce: randomUUID(), from: randomUUID(), replyTo: bus.address, xids }
}

/** Joins a bus and remembers what it hears; leaves with the test. */
export async function join (t: Test, bus: Bus): Promise<Member> {
  const wakes: Wake[] = []
  const acks: Ack[] = []
  let resumed = 0
  const looks = new Set<() => void>()
  const look = (): void => { for (const again of looks) again() }
  const when = async (condition: () => boolean): Promise<void> => {
    await new Promise<void>((resolve) => {
      const again = (): void => {
        if (!condition()) return
        looks.delete(again)
        resolve()
      }
      looks.add(again)
      again()
    })
  }
  t.teardown(async () => { await bus.close() })
  await bus.start({
    wake (wake) {
      wakes.push(wake)
      look()
    },
    ack (ack) {
      acks.push(ack)
      look()
    },
    resumed () {
      resumed++
      look()
    }
  })
  return {
    bus,
    wakes,
    acks,
    resumed: () => resumed,
    heard: async (nonce) => { await when(() => wakes.some((wake) => wake.nonce === nonce)) },
    acked: async (nonce) => { await when(() => acks.some((ack) => ack.nonce === nonce)) },
    resumedAgain: async (times) => { await when(() => resumed >= times) }
  }
}

/** `create` makes buses that meet each other, and nobody else's. */
export function runBusSuite (t: Test, create: (t: Test) => Promise<() => Bus>): void {
  t.test('a wake reaches every member, the sender too, as it was sent', async (t) => {
    const make = await create(t)
    const members = await Promise.all([make(), make(), make()].map(async (bus) => await join(t, bus)))
    const [first] = members as [Member]
    const wake = wakeOf(first.bus, ['1', '18446744073709551615'])
    first.bus.sendWake(wake)
    await Promise.all(members.map(async ({ heard }) => { await heard(wake.nonce) }))
    for (const { wakes } of members) t.strictSame(wakes, [wake])
  })

  t.test('an ack reaches the address it was sent to, and no other', async (t) => {
    const make = await create(t)
    const [asking, answering] = [await join(t, make()), await join(t, make())]
    t.not(asking.bus.address, answering.bus.address)
    const wake = wakeOf(asking.bus)
    const ack = { nonce: wake.nonce, to: wake.from, from: randomUUID(), notified: 3, nodes: [wake.from, randomUUID()] }
    answering.bus.sendAck(wake.replyTo, ack)
    await asking.acked(ack.nonce)
    t.strictSame(asking.acks, [ack])
    // The fence: what was sent to everybody afterwards has come.
    const fence = wakeOf(asking.bus)
    answering.bus.sendWake(fence)
    await answering.heard(fence.nonce)
    t.strictSame(answering.acks, [])
  })

  t.test('messages that are sent twice come twice: receivers are prepared for it', async (t) => {
    const make = await create(t)
    const member = await join(t, make())
    const [wake, fence] = [wakeOf(member.bus), wakeOf(member.bus)]
    for (const message of [wake, wake, fence]) member.bus.sendWake(message)
    await member.heard(fence.nonce)
    t.strictSame(member.wakes, [wake, wake, fence])
  })

  t.test('it is healthy while it listens, not after it left; and whoever left hears nothing and sends without harm', async (t) => {
    const make = await create(t)
    const [staying, leaving] = [await join(t, make()), await join(t, make())]
    t.equal(leaving.bus.healthy(), true)
    await leaving.bus.close()
    t.equal(leaving.bus.healthy(), false)
    const wake = wakeOf(staying.bus)
    leaving.bus.sendAck(staying.bus.address, { nonce: wake.nonce, to: wake.from, from: randomUUID(), notified: 0, nodes: [] })
    staying.bus.sendWake(wake)
    staying.bus.sendAck(randomUUID(), { nonce: wake.nonce, to: wake.from, from: randomUUID(), notified: 0, nodes: [] })
    await staying.heard(wake.nonce)
    t.strictSame(leaving.wakes, [])
    await leaving.bus.close()
  })

  t.test('what a receiver does to a message harms nobody else\'s copy', async (t) => {
    const make = await create(t)
    const [a, b] = [await join(t, make()), await join(t, make())]
    const wake = wakeOf(a.bus)
    a.bus.sendWake(wake)
    await a.heard(wake.nonce)
    a.wakes[0]?.xids.push('tampered')
    await b.heard(wake.nonce)
    t.strictSame(b.wakes[0]?.xids, ['7'])
    t.strictSame(wake.xids, ['7'])
  })
}
