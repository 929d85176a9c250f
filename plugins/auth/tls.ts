/**
 * Whether a request came without TLS where the app requires it (docs/SECURITY.md, R15): in plain text a session is
 * anybody's who listens.
 */
import type { FastifyRequest } from 'fastify'
import { normalizeAddress } from '../../src/address.ts'

/** True for a request that gets no session, because it came in plain text. */
export type LacksTls = (request: FastifyRequest) => boolean

/** What Fastify, or a trusted proxy in X-Forwarded-Proto, says of TLS; some proxies say wss of a WebSocket. */
const SECURE = /^(?:https|wss)$/i
const LOOPBACK = /^(?:::1|127(?:\.\d{1,3}){3})$/

/**
 * `auto` asks for TLS in production behind a trusted proxy only: such an app has said who tells it the protocol.
 * Without one, plain HTTP may be all that this process ever sees, and nothing here could tell a right deployment from a
 * wrong one.
 */
export function createTlsRule (requireTls: boolean | 'auto', production: boolean): LacksTls {
  if (requireTls === false || (requireTls === 'auto' && !production)) return () => false
  const always = requireTls === true
  return (request) => (always || behindTrustedProxy(request)) && !SECURE.test(request.protocol) && !isLocal(request.ip)
}

/** Fastify gives requests their `ips` where trustProxy is set; its value would be worked out for nothing. */
function behindTrustedProxy (request: FastifyRequest): boolean {
  return 'ips' in request
}

/** From this machine itself nothing crosses a network; a Unix socket has no address at all. */
function isLocal (ip: string | undefined): boolean {
  return ip === undefined || LOOPBACK.test(normalizeAddress(ip) ?? '')
}
