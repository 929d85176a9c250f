/** Reads an HTTP/1.1 answer with a Content-Length, and no more of HTTP than that: what is measured is the server. */

export interface Answer {
  status: number
  body: string
}

const CONTENT_LENGTH = /\r\ncontent-length: (\d+)\r\n/i

/** Of what a connection has brought since the request, as latin1; null while some of it is missing. */
export function readAnswer (received: string): Answer | null {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd === -1) return null
  const body = received.slice(headEnd + 4)
  if (body.length < Number(CONTENT_LENGTH.exec(received)?.[1])) return null
  return { status: Number(received.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length)), body }
}
