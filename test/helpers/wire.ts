/** What goes over the wire as it is: requests that no well-behaved client sends, and the cookies of an answer. */
import { connect, type Socket } from 'node:net'

/** A bare connection. */
export function connectTo (address: string): Socket {
  const { hostname, port } = new URL(address)
  return connect(Number(port), hostname)
}

/** The head of a request; header values go out byte for byte (latin1). */
export function requestHead (method: string, path: string, headers: Record<string, string>): Buffer {
  const lines = Object.entries({ host: 'test', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1')
}

/** One request on a connection of its own; the whole answer as text. */
export async function askRaw (address: string, method: string, path: string, headers: Record<string, string>): Promise<string> {
  return await exchange(address, requestHead(method, path, { connection: 'close', ...headers }))
}

/** Sends these bytes, and gives all that comes until the server hangs up. */
export async function exchange (address: string, bytes: Buffer): Promise<string> {
  const socket = connectTo(address)
  socket.write(bytes)
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** `name=value` of the cookie that an answer sets; `''` when it sets none. What it expires at other places comes before. */
export function cookiePair (headers: Headers, name: string): string {
  return headers.getSetCookie().findLast((line) => line.startsWith(`${name}=`))?.split(';')[0] ?? ''
}
