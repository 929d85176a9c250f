/** The floor that no live logout can be under: UPDATE committed, PUBLISH, a subscriber in another process sends a frame, the client has it. */
import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import pg from 'pg'
import { WebSocket } from 'ws'

export interface Floor {
  /** One chain, in ms. */
  sample: () => Promise<number>
  close: () => Promise<void>
}

/** As large as a `logout` message. */
const PADDING = 'x'.repeat(180)

export async function openFloor (databaseUrl: string, redisUrl: string): Promise<Floor> {
  const channel = `floor-${randomUUID()}`
  const child = fork(join(import.meta.dirname, 'floor-subscriber.ts'), [redisUrl, channel])
  const [address] = await once(child, 'message') as [string]
  const socket = new WebSocket(address)
  await once(socket, 'open')
  const publisher = new Redis(redisUrl)
  const database = new pg.Client({ connectionString: databaseUrl })
  await database.connect()
  await database.query('create table floor (id int primary key, value int not null) with (fillfactor = 50)')
  await database.query('insert into floor select n, 0 from generate_series(1, 1000) n')
  let count = 0

  return {
    async sample () {
      const begin = performance.now()
      const frame = once(socket, 'message')
      await database.query({ name: 'floor', text: 'update floor set value = value + 1 where id = $1', values: [++count % 1_000 + 1] })
      await publisher.publish(channel, PADDING + String(count))
      await frame
      return performance.now() - begin
    },
    async close () {
      socket.terminate()
      publisher.disconnect()
      child.disconnect()
      await database.end()
    }
  }
}
