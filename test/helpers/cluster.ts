/** Two nodes as a person's devices see them: fences that show what did not come, and waiting for a state without guessing how long. */
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { ServerMessage } from '../../src/protocol.ts'
import { ask, logIn, type Device, type LiveSocket } from './device.ts'

const ASK_EVERY_MS = 20

/** Asks again until the answer is right; the test's own time limit ends it. */
export async function until<T> (look: () => Promise<T>, right: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await look()
    if (right(answer)) return answer
    await delay(ASK_EVERY_MS)
  }
}

/** Everything that the node had sent on this socket when it was asked has come. */
export async function fence ({ ws }: LiveSocket): Promise<void> {
  const pong = once(ws, 'pong')
  ws.ping()
  await pong
}

/** Each node has told its sockets all that happened before: a revocation is answered when every other node has read. */
export async function settle (addresses: readonly string[], sockets: readonly LiveSocket[]): Promise<void> {
  for (const address of addresses) {
    const device = await logIn(address, 'bystander@example.com')
    const { status } = await device.ask('POST', '/api/auth/logout')
    if (status !== 200) throw new Error(`logout: ${status}`)
  }
  await Promise.all(sockets.map(fence))
}

/** What has come on this socket since, by type. */
export function typesSince (socket: LiveSocket, mark: number): Array<ServerMessage['type']> {
  return socket.messages.slice(mark).map(({ type }) => type)
}

/** The first message of this type after the mark. */
export async function nextSince (socket: LiveSocket, mark: number, type: ServerMessage['type']): Promise<void> {
  while (!typesSince(socket, mark).includes(type)) await once(socket.ws, 'message')
}

/** What each node says to this device's token: `200`, or the error's code. */
export async function verdicts (device: Device, addresses: readonly string[]): Promise<string[]> {
  return await Promise.all(addresses.map(async (at) => {
    const { status, body } = await device.ask<{ code?: string }>('GET', '/api/sessions/current', { at })
    return status === 200 ? '200' : `${status} ${body.code ?? ''}`
  }))
}

export async function readiness (address: string): Promise<{ status: number, bus: unknown }> {
  const { status, body } = await ask(address, 'GET', '/health/ready')
  return { status, bus: body['bus'] }
}

/** The work for every item, so many at a time. */
export async function inParallel<T, R> (items: readonly T[], atOnce: number, work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  let next = 0
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index] as T, index)
  }))
  return results
}
