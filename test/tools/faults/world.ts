/** Three nodes over one database and one Redis, with a proxy on every link. */
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { graceOf } from '../../../src/revocation/lease.ts'
import type { History } from './history.ts'
import { Line } from './line.ts'
import { Link } from './link.ts'
import { NodeProcess } from './node-process.ts'
import type { Servers } from './servers.ts'

export const SECRET = 'a secret of the faults, long enough for HS256'

export interface Timing {
  leaseMs: number
  renewalMs: number
  queryTimeoutMs: number
  /** What a busy machine may add to an answer, and to healing. */
  allowanceMs: number
}

export interface WorldNode {
  index: number
  process: NodeProcess
  postgres: Link
  redis: Link
  clients: Link
  /** A connection of its own for health and other questions of the driver. */
  line: Line
}

export interface World {
  servers: Servers
  nodes: [WorldNode, WorldNode, WorldNode]
  timing: Timing
  /** T′, in ms. */
  graceMs: number
  withRedis: boolean
  redisPrefix: string
  /** Straight to PostgreSQL, past every link. */
  pool: pg.Pool
  close: () => Promise<void>
}

export async function startWorld (servers: Servers, history: History, timing: Timing, withRedis: boolean): Promise<World> {
  const database = await servers.createDatabase()
  const redisPrefix = `faults-${randomUUID()}`
  const pool = new pg.Pool({ connectionString: database, max: 4 })
  pool.on('error', () => {})

  async function startNode (index: number): Promise<WorldNode> {
    const [postgres, redis] = [await Link.open(servers.postgres.port), await Link.open(servers.redis.port)]
    const process = new NodeProcess(index, {
      database: through(database, postgres),
      redis: withRedis ? through(servers.redis.url, redis) : null,
      redisPrefix,
      secret: SECRET,
      ...timing
    }, (why) => { history.crashes.push(why) })
    await process.start()
    const clients = await Link.open(() => process.port)
    return { index, process, postgres, redis, clients, line: new Line(() => clients.port) }
  }

  // One after the other: what V8 makes of the first one's program serves the others.
  const nodes = [await startNode(0), await startNode(1), await startNode(2)] satisfies World['nodes']
  return {
    servers,
    nodes,
    timing,
    graceMs: graceOf(timing.leaseMs),
    withRedis,
    redisPrefix,
    pool,
    async close () {
      for (const node of nodes) {
        node.line.close()
        await node.process.kill()
        await Promise.all([node.postgres.close(), node.redis.close(), node.clients.close()])
      }
      await pool.end()
    }
  }
}

function through (server: string, link: Link): string {
  const url = new URL(server)
  url.port = String(link.port)
  return url.href
}
