/**
 * A server that closes waits for every connection: for one whose last request was under way just then, for 72 s; for
 * one on which nothing has come yet, as browsers open them in advance, as long as the browser likes.
 */
import type { Socket } from 'node:net'

/** A server of HTTP/2 has no such method. */
type ClosingServer = NodeJS.EventEmitter & { closeIdleConnections?: () => void }

const EVERY_MS = 50
/** By then the node has to have ended. */
const WITHIN_MS = 5_000

/**
 * Fastify closes what is idle once, at the begin, and Node counts only what has had a request (before the fix of
 * nodejs/node#63452). The function returned is for the begin of the close: it closes what becomes idle later, when its
 * answer has gone out, and what stays without a request.
 */
export function watchIdleConnections ({ server }: { server: ClosingServer }): () => void {
  const open = new Set<Socket>()
  const note = (socket: Socket): void => {
    open.add(socket)
    socket.once('close', () => { open.delete(socket) })
  }
  // With TLS both are told; what has come is counted after decryption on the second one.
  server.on('connection', note).on('secureConnection', note)

  return () => {
    const timer = setInterval(() => {
      server.closeIdleConnections?.()
      const silent = [...open].filter(isSilent)
      // A request may have come while the loop was busy: what there is to be read is read first.
      setImmediate(() => { for (const socket of silent) if (isSilent(socket)) socket.destroy() })
    }, EVERY_MS).unref()
    const stop = (): void => {
      clearInterval(timer)
      clearTimeout(limit)
    }
    const limit = setTimeout(stop, WITHIN_MS).unref()
    server.once('close', stop)
  }
}

function isSilent ({ bytesRead }: Socket): boolean {
  return bytesRead === 0
}
