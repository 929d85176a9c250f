/**
 * A session whose token never left is nobody's: it ends when its answer failed, or when the client was gone before it
 * was sent.
 */
import { finished } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { OpenedSession } from '../../src/session/opened-session.ts'

/** Looks at what becomes of the reply that this session's token was to go out with. */
export type WatchDelivery = (reply: FastifyReply, opened: OpenedSession) => void

export function createWatchDelivery (discard: (sessionId: string) => void): WatchDelivery {
  return (reply, { token, session }) => {
    function settle (brokenOff: boolean): void {
      if (!(brokenOff ? mayHaveLeft(reply) : carries(reply, token))) discard(session.id)
    }
    // What is written to a connection that is gone counts as finished soon after.
    if (reply.raw.destroyed) settle(!reply.raw.writableEnded)
    else finished(reply.raw, (error) => { settle(error !== undefined && error !== null) })
  }
}

/** In doubt it has: a stream, or a reply that the app took over, may have carried it before it broke off. */
function mayHaveLeft (reply: FastifyReply): boolean {
  const { headersSent, writableEnded } = reply.raw
  return !writableEnded && (headersSent || reply.sent)
}

function carries (reply: FastifyReply, token: string): boolean {
  return reply.raw.statusCode < 500 || String(reply.getHeader('set-cookie') ?? '').includes(token)
}
