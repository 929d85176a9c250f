/** @fastify/websocket beside whatever the app has: its own server where it has one, else one of ours that takes only our path. */
import { EventEmitter } from 'node:events'
import { ServerResponse, type IncomingMessage, type Server } from 'node:http'
import type { Socket } from 'node:net'
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
  app.addHook('onReady', async () => { divertUpgrades(app, path, upgrades) })
}

/**
 * Two servers that hear the same upgrade would both answer it. Ours hears our path only, and those that were there hear the rest.
 * An upgrade that nobody wants (curl and Java offer h2c with every request) is answered as the plain request it would be without us.
 */
function divertUpgrades (app: FastifyInstance, path: string, upgrades: EventEmitter): void {
  const { server } = app
  const others = server.listeners('upgrade') as Array<(request: IncomingMessage, socket: Duplex, head: Buffer) => void>
  server.removeAllListeners('upgrade')
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    if (request.url?.split('?', 1)[0] === path) upgrades.emit('upgrade', request, socket, head)
    else if (others.length > 0) for (const listener of others) listener.call(server, request, socket, head)
    else if (server.listenerCount('upgrade') === 1) answer(app, request, socket)
  })
}

/** The parser has let go of this connection, so nothing follows the answer. */
function answer (app: FastifyInstance, request: IncomingMessage, socket: Socket): void {
  socket.on('error', () => { socket.destroy() })
  Object.assign(request, { upgrade: false })
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.on('finish', () => { socket.destroySoon() })
  app.routing(request, response)
}
