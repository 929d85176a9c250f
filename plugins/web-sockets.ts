/** @fastify/websocket beside whatever the app has: its own server where it has one, else one of ours that takes only our path. */
import { EventEmitter } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import websocket from '@fastify/websocket'
import type { FastifyInstance } from 'fastify'
import { MAX_FRAME_BYTES, SUBPROTOCOL } from '../src/protocol.ts'

/** Makes `wsHandler` work in this scope, for the socket at `path`. */
export async function prepareWebSockets (app: FastifyInstance, scope: FastifyInstance, path: string): Promise<void> {
  if (scope.hasDecorator('websocketServer')) return
  const upgrades = new EventEmitter()
  await scope.register(websocket, {
    options: {
      server: upgrades as Server,
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
      handleProtocols: () => SUBPROTOCOL
    },
    // Our sockets are told and closed by the registry; the others' are not ours.
    preClose (done) { done() },
    errorHandler (error, socket, request) {
      request.log.debug({ err: error }, 'a socket failed')
      socket.terminate()
    }
  })
  app.addHook('onReady', async () => { divertUpgrades(app.server, path, upgrades) })
}

/**
 * Two servers that hear the same upgrade would both answer it. Ours hears our path only, and those that were there hear the rest.
 * An upgrade that nobody wants is refused, as Node.js leaves it hanging.
 */
function divertUpgrades (server: Server, path: string, upgrades: EventEmitter): void {
  const others = server.listeners('upgrade') as Array<(request: IncomingMessage, socket: Duplex, head: Buffer) => void>
  server.removeAllListeners('upgrade')
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.url?.split('?', 1)[0] === path) upgrades.emit('upgrade', request, socket, head)
    else if (others.length > 0) for (const listener of others) listener.call(server, request, socket, head)
    else refuse(socket)
  })
}

function refuse (socket: Duplex): void {
  socket.on('error', () => { socket.destroy() })
  socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
}
