/**
 * @fastify/websocket for our socket, and in its place a server of ours where the app has it already, with options for
 * the app's sockets.
 */
import { EventEmitter } from 'node:events'
import type { Server } from 'node:http'
import websocket from '@fastify/websocket'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { WebSocketServer, type WebSocket } from 'ws'
import { MAX_FRAME_BYTES, SUBPROTOCOL } from '../../src/protocol.ts'
import { listenForUpgrades, routeOf, upgradeOf } from './upgrades.ts'

const OPTIONS = {
  maxPayload: MAX_FRAME_BYTES,
  perMessageDeflate: false,
  clientTracking: false,
  handleProtocols: () => SUBPROTOCOL
}

type Open = (socket: WebSocket, request: FastifyRequest) => void

export interface WebSockets {
  /** Whether the request asks for a socket. */
  isHandshake: (request: FastifyRequest) => boolean
  /**
   * The last preHandler of a route with a `wsHandler`: where the app's plugins brought the handshake, it is completed
   * here.
   */
  completeOurselves: (open: Open) => (request: FastifyRequest, reply: FastifyReply, done: () => void) => void
}

/** Makes `wsHandler` work in this scope. */
export async function prepareWebSockets (app: FastifyInstance, scope: FastifyInstance): Promise<WebSockets> {
  const upgrades = new EventEmitter()
  if (!scope.hasDecorator('websocketServer')) {
    // Under another name than one of the app's.
    const ours = fp<Parameters<typeof websocket>[1]>((scope, options, done) => {
      void websocket(Object.create(scope, { routing: { value: routeOf(app) } }) as FastifyInstance, options, done)
    }, { name: 'fastify-live-sessions/websocket' })
    await scope.register(ours, {
      options: { ...OPTIONS, server: upgrades as Server },
      // Our sockets are told and closed by the registry.
      preClose (done) { done() },
      errorHandler: failed
    })
  }
  const server = new WebSocketServer({ ...OPTIONS, noServer: true })
  app.addHook('onReady', async () => {
    listenForUpgrades(app, (request, socket, head) => upgrades.emit('upgrade', request, socket, head))
  })

  return {
    isHandshake: (request) => request.ws || upgradeOf(request.raw) !== undefined,
    completeOurselves: (open) => (request, reply, done) => {
      const upgrade = upgradeOf(request.raw)
      if (upgrade === undefined) {
        done()
        return
      }
      reply.hijack()
      server.handleUpgrade(request.raw, upgrade.socket, upgrade.head, (socket) => {
        socket.on('error', (error) => { failed(error, socket, request) })
        open(socket, request)
      })
    }
  }
}

function failed (error: Error, socket: WebSocket, request: FastifyRequest): void {
  request.log.debug({ err: error }, 'a socket failed')
  socket.terminate()
}
