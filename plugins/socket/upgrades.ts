/**
 * Who takes an upgrade: each goes through Fastify's own router once, by a plugin of the app's that sees to it, else by
 * ours.
 */
import { ServerResponse, type IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { SUBPROTOCOL } from '../../src/protocol.ts'
import { offeredProtocols } from '../auth/credentials.ts'
import { readAgain } from './read-again.ts'

export interface Upgrade {
  socket: Socket
  head: Buffer
}
export type UpgradeListener = (request: IncomingMessage, socket: Socket, head: Buffer) => void

/** Plugins that hand upgrades to the router by themselves, as `app.printPlugins()` writes them. */
const ROUTERS = /^[│ ]*[├└]─[┬─] @fastify\/(?:websocket|http-proxy) /m
const kUpgrade = Symbol.for('fastify-live-sessions.upgrade')
const kListening = Symbol.for('fastify-live-sessions.upgrades-listening')

/**
 * What the app's plugins route: they keep it under symbols of their own. Undefined of a request that is none, or came
 * over `route`.
 */
export function upgradeOf (raw: IncomingMessage): Upgrade | undefined {
  return (raw as { [kUpgrade]?: Upgrade })[kUpgrade]
}

/**
 * To be called when all plugins are loaded. `route` takes what we have to route, as @fastify/websocket listens to it,
 * and says whether it does: not any more when the app closes, which waits for whatever connection is left without an
 * answer.
 */
export function listenForUpgrades (
  app: FastifyInstance, route: (...upgrade: Parameters<UpgradeListener>) => boolean
): void {
  if (kListening in app.server) return
  Object.assign(app.server, { [kListening]: true })
  if (ROUTERS.test(app.printPlugins())) besideRouters(app)
  else besideListeners(app, route)
}

function besideRouters (app: FastifyInstance): void {
  const { server } = app
  const plain = new WeakSet<IncomingMessage>()
  // @fastify/http-proxy leaves what is beyond its prefix. A single other listener is one that routes, and goes when the
  // app closes; beside several it may be theirs.
  const isAlone = (): boolean => server.listenerCount('upgrade') <= 3
  const first = (request: IncomingMessage, socket: Socket, head: Buffer): void => {
    if (isWebSocket(request)) {
      Object.assign(request, { [kUpgrade]: { socket, head } satisfies Upgrade })
    } else if (isAlone()) {
      plain.add(request)
      takeAsPlain(app, request, socket, head)
    }
  }
  server.prependListener('upgrade', first)
  shield(server, plain, first)
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    if (!plain.has(request) && (isOurs(request) || isAlone())) answer(app, request, socket)
  })
}

/**
 * Listeners that do not route end what they do not know: socket.io after a second, ws with a path at once. They do not
 * hear what offers our subprotocol, and everything else as if we were not there. What nobody else would hear goes to
 * the router.
 */
function besideListeners (app: FastifyInstance, route: (...upgrade: Parameters<UpgradeListener>) => boolean): void {
  const { server } = app
  const taken = new WeakSet<IncomingMessage>()

  function hear (request: IncomingMessage, socket: Socket, head: Buffer): void {
    // Those that came late hear this one as it is.
    shield(server, taken, hear)
    if (server.listenerCount('upgrade') > 1 && !isOurs(request)) return
    taken.add(request)
    if (!isWebSocket(request)) takeAsPlain(app, request, socket, head)
    else if (!route(request, socket, head)) answer(app, request, socket)
  }

  server.prependListener('upgrade', hear)
  shield(server, taken, hear)
}

const kShield = Symbol('shield')

/**
 * The others do not hear what we have taken. As `once()` wraps a listener: `listeners()` and `removeListener()` know it
 * by the function it was.
 */
function shield (server: FastifyInstance['server'], taken: WeakSet<IncomingMessage>, own: UpgradeListener): void {
  for (const listener of server.rawListeners('upgrade') as UpgradeListener[]) {
    if (listener === own || kShield in listener) continue
    const shielded: UpgradeListener = (request, ...rest) => {
      if (!taken.has(request)) listener.call(server, request, ...rest)
    }
    server.removeListener('upgrade', listener)
    server.on('upgrade', Object.assign(shielded, { listener, [kShield]: true }))
  }
}

function isWebSocket ({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}

function isOurs (request: IncomingMessage): boolean {
  return isWebSocket(request) && offeredProtocols(request.headers['sec-websocket-protocol'])[0] === SUBPROTOCOL
}

/**
 * Without us, an upgrade that nobody wants would be a plain request. Node 26 reads its body itself, and gives no
 * socket: nothing follows that answer.
 */
function takeAsPlain (app: FastifyInstance, request: IncomingMessage, socket: Socket, head: Buffer): void {
  if (socket instanceof Socket) readAgain(app.server, request, socket, head)
  else answer(app, Object.assign(request, { upgrade: false }), socket)
}

/** Routes it, unless somebody does already. */
function answer (app: FastifyInstance, request: IncomingMessage, socket: Socket): void {
  const response = new ServerResponse(request)
  try {
    response.assignSocket(socket)
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_HTTP_SOCKET_ASSIGNED') return
    throw error
  }
  socket.on('error', () => { socket.destroy() })
  routeOf(app)(request, response)
}

/** Fastify's router for a connection that the parser has let go of: nothing follows an answer. */
export function routeOf (app: FastifyInstance): FastifyInstance['routing'] {
  return (request, response) => {
    const { socket } = response
    response.shouldKeepAlive = false
    // Node 26 gives a stream that has no `destroySoon`.
    response.on('finish', () => { socket?.end(() => { socket.destroy() }) })
    app.routing(request, response)
  }
}
