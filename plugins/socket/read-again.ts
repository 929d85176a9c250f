/**
 * A request with an offer that nobody takes (curl and Java offer h2c with every one): its parser has let go of it
 * before its body, so the server reads it again, without the offer.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** Node's own limit, where the server has none. */
const MAX_HEADERS = 2_000

type Reader = Pick<Server, 'maxHeadersCount' | 'timeout' | 'emit'>

export function readAgain (server: Reader, request: IncomingMessage, socket: Socket, head: Buffer): void {
  const cut = (): void => { socket.destroy() }
  socket.on('error', cut)
  whenAnswered(socket, () => {
    socket.removeListener('error', cut)
    if (socket.destroyed || !socket.writable) return
    // Headers beyond the limit have been left out, perhaps the one that says where the body ends.
    if (request.rawHeaders.length / 2 >= (server.maxHeadersCount ?? MAX_HEADERS)) {
      socket.on('error', cut)
      socket.end('HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n')
      return
    }
    socket.setTimeout(server.timeout)
    socket.unshift(Buffer.concat([headOf(request), head]))
    server.emit(socket instanceof TLSSocket ? 'secureConnection' : 'connection', socket)
  })
}

/** The answer to a request before this one may still be under way on its connection. */
function whenAnswered (socket: Socket, work: () => void): void {
  const { _httpMessage: underWay } = socket as { _httpMessage?: ServerResponse | null }
  if (underWay == null) work()
  else underWay.once('finish', () => { whenAnswered(socket, work) })
}

/** As it came, but for `Upgrade`. */
function headOf ({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    if (name.toLowerCase() !== 'upgrade') lines.push(`${name}: ${rawHeaders[i + 1]}`)
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}
