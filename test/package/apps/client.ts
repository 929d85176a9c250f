/** A page of an app whose TypeScript resolves modules as Node.js 10 did. */
import { connectLiveSession } from 'fastify-live-sessions/client'
import { CLOSE_CODES, type ServerMessage } from 'fastify-live-sessions/protocol'

const session = connectLiveSession({
  onLogout: ({ reason }) => { console.log(reason?.toUpperCase()) },
  onProblem: ({ status, code }) => { console.log(status, code) }
})
// @ts-expect-error: these are types, and not any
const wrong: string = session

export function isLogout (message: ServerMessage): boolean {
  return message.type === 'logout' && CLOSE_CODES.restart === 1012 && wrong !== ''
}
