/** The registered nodes, watched for a while: who renews its stamp is alive, whose stamp stands still is silent. */
import { setTimeout as delay } from 'node:timers/promises'
import { tableIn, type Sql } from '../../database/sql.ts'
import { counted } from '../output.ts'
import { note, ok, problem, type Check } from './check.ts'

export interface WatchedNode {
  incarnation: string
  /** How long ago its stamp changed, as seen from here, in ms; null: it stood still all the time. */
  renewedAgoMs: number | null
}

const LOOK_EVERY_MS = 100

export async function watchNodes (sql: Sql, schema: string | undefined, forMs: number): Promise<WatchedNode[]> {
  const statement = `select incarnation, stamp from ${tableIn(schema, 'live_session_node')} order by incarnation`
  const seen = new Map<string, { stamp: string, changedAt: number | null }>()
  const begin = performance.now()
  for (let first = true; ; first = false) {
    const rows = await sql<{ incarnation: string, stamp: string }>(statement)
    const now = performance.now()
    for (const { incarnation, stamp } of rows) {
      const before = seen.get(incarnation)
      if (before === undefined) seen.set(incarnation, { stamp, changedAt: first ? null : now })
      else if (before.stamp !== stamp) seen.set(incarnation, { stamp, changedAt: now })
    }
    // Who said goodbye meanwhile is no node any more.
    const names = new Set(rows.map(({ incarnation }) => incarnation))
    for (const incarnation of seen.keys()) if (!names.has(incarnation)) seen.delete(incarnation)
    if (now - begin >= forMs) {
      return [...seen].map(([incarnation, { changedAt }]) => ({
        incarnation,
        renewedAgoMs: changedAt === null ? null : Math.round(now - changedAt)
      }))
    }
    await delay(LOOK_EVERY_MS)
  }
}

export function checkNodes (nodes: readonly WatchedNode[], watchedMs: number): Check {
  if (nodes.length === 0) return note('nodes', 'No node is registered: no app runs over this database and schema')
  const silent = nodes.filter(({ renewedAgoMs }) => renewedAgoMs === null)
  const list = nodes.map(({ incarnation, renewedAgoMs }) =>
    `${incarnation} ${renewedAgoMs === null ? 'silent' : `alive, renewed ${renewedAgoMs} ms ago`}`
  )
  const words = `${counted(nodes.length, 'node')}: ${list.join('; ')}`
  if (silent.length === 0) return ok('nodes', words)
  return problem(
    'nodes',
    `${words}. Whoever is silent did not renew for ${watchedMs} ms: logouts wait until its lease is over`,
    remedyFor(nodes.length - silent.length)
  )
}

function remedyFor (alive: number): string {
  if (alive === 0) {
    return "start the app, or look why it can't reach the database; a node that starts removes the dead ones within seconds"
  }
  return "a node that is dead is removed by the others within seconds: run doctor again. If it stays, it lives but can't renew in time: look at its log, and at --watch-ms"
}
