/** Guarded requests, all the time, at every node: of sessions that live, are about to end, and have ended. */
import type { Control } from './control.ts'
import type { History, TestSession } from './history.ts'
import { Line, requestText } from './line.ts'
import type { World } from './world.ts'

export interface Traffic {
  /** Sessions whose requests are sent constantly. */
  living: Set<TestSession>
  /** This session has ended: asked at once at every node, and again and again for a while. */
  ended: (session: TestSession) => void
  /** One request now; false when the node has too many waiting. */
  probe: (session: TestSession, node: number) => boolean
  waiting: () => number
  /** No more of its own; probes still go. */
  stop: () => void
  close: () => void
}

const EVERY_MS = 25
/** Of a node's connections one is for those that have ended. */
const LINES = 2
const MAX_WAITING = 150
const MAX_PROBES_WAITING = 3_000
const ENDED_REMEMBERED = 200
/** A request of an ended session costs a query: one to so many of living ones. */
const LIVING_TO_ENDED = 20

export function createTraffic ({ world, history, control, perSecond }: { world: World, history: History, control: Control, perSecond: number }): Traffic {
  const texts = new Map<number, string>()
  const lines = world.nodes.map(({ clients }) => Array.from({ length: LINES }, () => new Line(() => clients.port)))
  const refusedAt = world.nodes.map(() => -Infinity)
  const recent: TestSession[] = []
  const living = new Set<TestSession>()
  let turn = 0

  function send (line: Line, session: TestSession, node: number): void {
    let text = texts.get(session.index)
    if (text === undefined) {
      text = requestText({ path: '/me', token: session.token })
      texts.set(session.index, text)
    }
    const sentAt = performance.now()
    line.send(text, (status, head, body) => {
      if (status === 0) refusedAt[node] = performance.now()
      history.addRequest(session.index, node, sentAt, status, head, body)
    })
  }

  function probe (session: TestSession, node: number): boolean {
    const line = lines[node]?.[0]
    if (line === undefined || line.waiting >= MAX_PROBES_WAITING || performance.now() - (refusedAt[node] ?? 0) < 100) return false
    send(line, session, node)
    return true
  }

  let last = performance.now()
  const timer = setInterval(() => {
    const all = [...living]
    const now = performance.now()
    const perTick = Math.min(MAX_WAITING, Math.round(control.pace() * perSecond * (now - last) / 1_000))
    last = now
    for (const { index } of world.nodes) {
      if (performance.now() - (refusedAt[index] ?? 0) < 100) continue
      for (let sent = 0; sent < perTick && all.length > 0; sent++) {
        const line = lines[index]?.[1 + turn % (LINES - 1)]
        const session = all[turn++ % all.length]
        if (line !== undefined && session !== undefined && line.waiting < MAX_WAITING) send(line, session, index)
      }
      const over = recent[Math.floor(Math.random() * recent.length)]
      if (over !== undefined && Math.random() < perTick / LIVING_TO_ENDED && (lines[index]?.[0]?.waiting ?? 0) < MAX_WAITING) probe(over, index)
    }
  }, EVERY_MS)

  return {
    living,
    ended (session) {
      living.delete(session)
      recent.push(session)
      if (recent.length > ENDED_REMEMBERED) recent.shift()
      for (const { index } of world.nodes) probe(session, index)
    },
    probe,
    waiting: () => lines.flat().reduce((sum, line) => sum + line.waiting, 0),
    stop: () => { clearInterval(timer) },
    close () {
      clearInterval(timer)
      for (const line of lines.flat()) line.close()
    }
  }
}
