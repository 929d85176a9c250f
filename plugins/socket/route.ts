/** The socket: all checks before the 101, registered first, the recheck passed after, then `welcome`. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import type { Admission } from '../../src/admission/admission.ts'
import { Rejection, type AdmissionResult } from '../../src/admission/admission-result.ts'
import type { Clock } from '../../src/clock.ts'
import { ArgumentInvalid, OriginForbidden, RateLimited, StoreUnavailable, UpgradeRequired } from '../../src/errors.ts'
import type { SocketOptions } from '../../src/options/options.ts'
import { CLOSE_CODES, SUBPROTOCOL } from '../../src/protocol.ts'
import type { SocketRecheck } from '../../src/push/socket-recheck.ts'
import { openLiveChannel } from '../../src/push/live-channel.ts'
import type { SocketRegistry } from '../../src/push/socket-registry.ts'
import { offeredProtocols } from '../auth/credentials.ts'
import { requireSession, type Done } from '../auth/guards.ts'
import { foreignSocket } from '../auth/origin.ts'
import { authenticationOf, guardedRecord } from '../auth/request-authentication.ts'
import { sendError } from '../error-replies.ts'
import { routeSchemas } from '../routes/schemas/index.ts'
import { inScope } from '../in-scope.ts'
import type { WebSockets } from './web-sockets.ts'

export interface SocketRouteOptions {
  sockets: SocketRegistry
  recheck: SocketRecheck
  admission: Admission
  clock: Clock
  limits: Required<SocketOptions>
  allowedOrigins: ReadonlySet<string>
  webSockets: WebSockets
}

/**
 * A handshake that takes longer is given up: a hook of the app's that hangs must not hold a connection for ever. In ms.
 * Fastify's own
 * `handlerTimeout` would listen to the request, which `injectWS` has none of.
 */
const HANDSHAKE_TIMEOUT_MS = 10_000

function askedOrigin (request: FastifyRequest): string | undefined {
  const { origin } = request.query as { origin?: unknown }
  return typeof origin === 'string' ? origin : undefined
}

export const socketRoute = inScope<FastifyPluginAsync<SocketRouteOptions>>('socket', async (app, options) => {
  const { sockets, recheck, admission, clock, limits, allowedOrigins, webSockets } = options

  app.route({
    method: 'GET',
    url: '/sessions/socket',
    schema: routeSchemas.socket,
    exposeHeadRoute: false,
    onRequest: [limitTime, checkHandshake, requireSession],
    // Last of all hooks, so that nothing comes between the count and the registration.
    preHandler: [checkLimit, webSockets.completeOurselves(open)],
    handler: (_request, reply) => sendError(reply.header('upgrade', 'websocket'), new UpgradeRequired()),
    wsHandler: (socket, request) => { open(socket, request) }
  })

  function limitTime (_request: FastifyRequest, reply: FastifyReply, done: Done): void {
    setTimeout(() => { if (!reply.sent) void sendError(reply, new StoreUnavailable()) }, HANDSHAKE_TIMEOUT_MS).unref()
    done()
  }

  function checkHandshake (request: FastifyRequest, _reply: FastifyReply, done: Done): void {
    const [first] = offeredProtocols(request.headers['sec-websocket-protocol'])
    const isHandshake = webSockets.isHandshake(request)
    if (isHandshake && first !== SUBPROTOCOL) {
      done(new ArgumentInvalid(`the first subprotocol offered must be ${SUBPROTOCOL}`))
      return
    }
    const why = isHandshake
      ? foreignSocket(request, request.headers.origin, allowedOrigins, authenticationOf(request)?.byCookie === true)
      // A plain GET, by which a client asks why its handshake was refused. Browsers send no Origin with it, so the
      // client says it.
      : foreignSocket(request, request.headers.origin ?? askedOrigin(request), allowedOrigins, false)
    if (why === null) done()
    else done(new OriginForbidden(why))
  }

  function checkLimit (request: FastifyRequest, _reply: FastifyReply, done: Done): void {
    if (sockets.countOf(guardedRecord(request).id) < limits.maxPerSession) done()
    else done(new RateLimited())
  }

  /** Everything up to the registration is synchronous: no frame is lost, and no end of the session. */
  function open (socket: WebSocket, request: FastifyRequest): void {
    const record = guardedRecord(request)
    const entry = sockets.add(socket, {
      id: record.id,
      userId: record.userId,
      expiresAt: record.expiresAt,
      confirmed: record.confirmed
    })
    if (entry === null) return
    const channel = openLiveChannel({ socket, entry, clock, ...limits })
    const result = admission.stillAdmitted(record)
    if (result instanceof Promise) void result.then(settle)
    else settle(result)

    function settle (result: AdmissionResult): void {
      if (!(result instanceof Rejection)) channel.welcome()
      else if (result.error.statusCode === 401) void recheck.reject(entry as NonNullable<typeof entry>)
      else entry?.close(CLOSE_CODES.tryAgainLater, 'sessions can not be checked right now')
    }
  }
})
