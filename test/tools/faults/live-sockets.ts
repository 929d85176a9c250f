/** Sockets as devices hold them: what came on each, and how each ended. */
import { WebSocket } from 'ws'
import type { ServerMessage } from '../../../src/protocol.ts'
import type { History, SocketHistory, TestSession } from './history.ts'
import type { World } from './world.ts'

export interface LiveSockets {
  open: (session: TestSession, node: number) => void
  close: () => void
}

export function createLiveSockets ({ world, history }: { world: World, history: History }): LiveSockets {
  const all = new Set<WebSocket>()

  return {
    open (session, node) {
      const port = world.nodes[node]?.clients.port ?? 0
      const ws = new WebSocket(`ws://127.0.0.1:${port}/api/sessions/socket`, ['live-sessions.v1', `bearer.${session.token}`])
      const entry: SocketHistory = { session, node, welcomeAt: Infinity, logouts: [], closedAt: Infinity, code: 0 }
      all.add(ws)
      ws.on('error', () => {})
      ws.on('message', (data) => {
        const message = JSON.parse(String(data)) as ServerMessage
        if (message.type === 'welcome') {
          entry.welcomeAt = performance.now()
          history.sockets.push(entry)
        } else if (message.type === 'logout') {
          entry.logouts.push(performance.now())
          ws.send(JSON.stringify({ type: 'ack', eventId: message.eventId, state: 'delivered' }))
        }
      })
      ws.on('close', (code) => {
        all.delete(ws)
        entry.closedAt = performance.now()
        entry.code = code
      })
    },
    close () {
      for (const ws of all) ws.terminate()
    }
  }
}
