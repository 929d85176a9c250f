/**
 * A server that closes waits for every connection; one whose last request was under way just then would be kept alive
 * for 72 s.
 */
import type { FastifyInstance } from 'fastify'

const EVERY_MS = 50
/** By then the node has to have ended. */
const WITHIN_MS = 5_000

/**
 * Fastify closes what is idle once, at the begin: this closes what becomes idle later, when its answer has gone out.
 */
export function closeWhatBecomesIdle ({ server }: FastifyInstance): void {
  const timer = setInterval(() => { server.closeIdleConnections() }, EVERY_MS).unref()
  const stop = (): void => {
    clearInterval(timer)
    clearTimeout(limit)
  }
  const limit = setTimeout(stop, WITHIN_MS).unref()
  server.once('close', stop)
}
