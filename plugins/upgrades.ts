/** Who hears an upgrade: each goes through Fastify's own router once, by a plugin of the app's that sees to it, else by ours. */
import { ServerResponse, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { SUBPROTOCOL } from '../src/protocol.ts'
import { offeredProtocols } from './credentials.ts'

export interface Upgrade {
  socket: Socket
  head: Buffer
}
export type UpgradeListener = (request: IncomingMessage, socket: Socket, head: Buffer) => void

/** Plugins that hand upgrades to the router by themselves, as `app.printPlugins()` writes them. */
const ROUTERS = /^[│ ]*[├└]─[┬─] @fastify\/(?:websocket|http-proxy) /m
const kUpgrade = Symbol.for('fastify-live-sessions.upgrade')
const kHeard = Symbol.for('fastify-live-sessions.upgrades-heard')

/** What the app's plugins route: they keep it under symbols of their own. Undefined of a request that is none, or came over `route`. */
export function upgradeOf (raw: IncomingMessage): Upgrade | undefined {
  return (raw as { [kUpgrade]?: Upgrade })[kUpgrade]
}

/** To be called when all plugins are loaded. `route` takes what we have to route, as @fastify/websocket listens to it. */
export function hearUpgrades (app: FastifyInstance, route: UpgradeListener): void {
  if (kHeard in app.server) return
  Object.assign(app.server, { [kHeard]: true })
  if (ROUTERS.test(app.printPlugins())) besideRouters(app)
  else besideListeners(app, route)
}

function besideRouters (app: FastifyInstance): void {
  const { server } = app
  server.prependListener('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    if (isWebSocket(request)) Object.assign(request, { [kUpgrade]: { socket, head } satisfies Upgrade })
  })
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    // @fastify/http-proxy leaves what is beyond its prefix. A single other listener is one that routes; beside several it may be theirs.
    if (isOurs(request) || server.listenerCount('upgrade') === 3) answer(app, request, socket)
  })
}

/**
 * Listeners that do not route end what they do not know: socket.io after a second, ws with a path at once. They do not hear what offers
 * our subprotocol, and everything else as if we were not there. What nobody else would hear goes to the router.
 */
function besideListeners (app: FastifyInstance, route: UpgradeListener): void {
  const { server } = app
  const taken = new WeakSet<IncomingMessage>()
  const shielded = new WeakSet<object>()

  /** As `once()` wraps a listener: `listeners()` and `removeListener()` know it by the function it was. */
  function shieldOthers (): number {
    const others = (server.rawListeners('upgrade') as UpgradeListener[]).filter((listener) => listener !== hear)
    for (const listener of others) {
      if (shielded.has(listener)) continue
      const shield: UpgradeListener = (request, ...rest) => { if (!taken.has(request)) listener.call(server, request, ...rest) }
      shielded.add(Object.assign(shield, { listener }))
      server.removeListener('upgrade', listener)
      server.on('upgrade', shield)
    }
    return others.length
  }

  function hear (request: IncomingMessage, socket: Socket, head: Buffer): void {
    // Those that came late hear this one as it is.
    const others = shieldOthers()
    if (others > 0 && !isOurs(request)) return
    taken.add(request)
    if (isWebSocket(request)) route(request, socket, head)
    else answer(app, request, socket)
  }

  server.prependListener('upgrade', hear)
  shieldOthers()
}

function isWebSocket ({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}

function isOurs (request: IncomingMessage): boolean {
  return isWebSocket(request) && offeredProtocols(request.headers['sec-websocket-protocol'])[0] === SUBPROTOCOL
}

/** Routes it, unless somebody does already. Without us, an upgrade that nobody wants (curl and Java offer h2c with every request) would be a plain request. */
function answer (app: FastifyInstance, request: IncomingMessage, socket: Socket): void {
  const response = new ServerResponse(request)
  try {
    response.assignSocket(socket)
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_HTTP_SOCKET_ASSIGNED') return
    throw error
  }
  socket.on('error', () => { socket.destroy() })
  if (!isWebSocket(request)) Object.assign(request, { upgrade: false })
  routeOf(app)(request, response)
}

/** Fastify's router for a connection that the parser has let go of: nothing follows an answer. */
export function routeOf (app: FastifyInstance): FastifyInstance['routing'] {
  return (request, response) => {
    const { socket } = response
    response.shouldKeepAlive = false
    response.on('finish', () => { socket?.destroySoon() })
    app.routing(request, response)
  }
}
