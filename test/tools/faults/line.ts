/** One keep-alive connection to a node, over which many requests go out at once: cheap enough for millions. */
import { createConnection, type Socket } from 'node:net'

/** `status` 0: the connection ended without an answer. */
export type OnAnswer = (status: number, head: string, body: string) => void

export interface Ask {
  method?: string
  path: string
  token?: string | undefined
  body?: unknown
}

export function requestText ({ method = 'GET', path, token, body }: Ask): string {
  const text = body === undefined ? '' : JSON.stringify(body)
  return `${method} ${path} HTTP/1.1\r\nhost: a\r\n` +
    (token === undefined ? '' : `authorization: Bearer ${token}\r\n`) +
    (body === undefined ? '' : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n`) +
    `\r\n${text}`
}

const HEAD_END = Buffer.from('\r\n\r\n')

export class Line {
  readonly #port: () => number
  #socket: Socket | null = null
  #waiting: OnAnswer[] = []
  #rest: Buffer | null = null

  constructor (port: () => number) {
    this.#port = port
  }

  /** Requests without an answer yet. */
  get waiting (): number {
    return this.#waiting.length
  }

  send (text: string, onAnswer: OnAnswer): void {
    this.#socket ??= this.#connect()
    this.#waiting.push(onAnswer)
    this.#socket.write(text, 'latin1')
  }

  /** One request with its body parsed; for the few whose content counts. */
  async ask (request: Ask): Promise<{ status: number, head: string, body: Record<string, unknown> }> {
    return await new Promise((resolve) => {
      this.send(requestText(request), (status, head, text) => { resolve({ status, head, body: parse(text) }) })
    })
  }

  close (): void {
    this.#socket?.destroy()
  }

  #connect (): Socket {
    const socket = createConnection({ port: this.#port(), host: '127.0.0.1', noDelay: true })
    socket.on('data', (chunk: Buffer) => { this.#read(chunk) })
    socket.on('error', () => {})
    socket.on('end', () => { socket.destroy() })
    socket.on('close', () => {
      this.#socket = null
      this.#rest = null
      for (const onAnswer of this.#waiting.splice(0)) onAnswer(0, '', '')
    })
    return socket
  }

  #read (chunk: Buffer): void {
    let bytes = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    for (;;) {
      const end = bytes.indexOf(HEAD_END, at)
      if (end === -1) break
      const head = bytes.toString('latin1', at, end)
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
      const next = end + 4 + length
      if (bytes.length < next) break
      this.#waiting.shift()?.(Number(head.slice(9, 12)), head, bytes.toString('utf8', end + 4, next))
      at = next
    }
    bytes = bytes.subarray(at)
    this.#rest = bytes.length === 0 ? null : bytes
  }
}

function parse (text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}
