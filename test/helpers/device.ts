/** A device as a person has it: it logs in, asks over HTTP, and holds a socket whose messages it remembers. */
import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { WebSocket } from 'ws'
import type { LoginAnswer, ServerMessage } from '../../src/protocol.ts'
import { PASSWORD } from './app.ts'

export interface Answer<Body = Record<string, unknown>> {
  status: number
  headers: Headers
  body: Body
}

export interface RequestOptions {
  token?: string | undefined
  body?: unknown
  headers?: Record<string, string>
}

/** What `fetch` says of itself, but for the encodings: nothing is unpacked here. */
const AS_FETCH = { accept: '*/*', 'accept-language': '*', 'sec-fetch-mode': 'cors', 'user-agent': 'node' }
const agent = new Agent({ keepAlive: true })

/** One request; a body that is not JSON comes as text. Not by `fetch`, which is three times the work. */
export async function ask<Body = Record<string, unknown>> (address: string, method: string, path: string, { token, body, headers = {} }: RequestOptions = {}): Promise<Answer<Body>> {
  const content = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  const asked = request(address + path, {
    // A client that asks to close does so, whatever the answer says.
    agent: headers['connection'] === 'close' ? false : agent,
    method,
    headers: {
      ...AS_FETCH,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(content === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }),
      ...headers
    }
  })
  // One that comes after the answer has begun is the answer's, too.
  asked.on('error', () => {})
  asked.end(content)
  const [response] = await once(asked, 'response') as [IncomingMessage]
  return { status: response.statusCode as number, headers: readHeaders(response), body: parse(await text(response)) as Body }
}

function readHeaders ({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let at = 0; at < rawHeaders.length; at += 2) headers.append(rawHeaders[at] as string, rawHeaders[at + 1] as string)
  return headers
}

function parse (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

export interface Device {
  userId: string
  id: string
  token: string
  /** Asks at another address of the cluster with `at`. */
  ask: <Body = Record<string, unknown>>(method: string, path: string, options?: RequestOptions & { at?: string }) => Promise<Answer<Body>>
  connect: (at?: string) => Promise<LiveSocket>
}

/** A login with the bearer transport. */
export async function logIn (address: string, userId = 'user@example.com'): Promise<Device> {
  const { status, body } = await ask<LoginAnswer>(address, 'POST', '/api/auth/login', { body: { email: userId, password: PASSWORD } })
  if (status !== 200 || body.token === undefined) throw new Error(`login: ${status} ${JSON.stringify(body)}`)
  const { token } = body
  return {
    userId,
    id: body.session.id,
    token,
    ask: (method, path, { at = address, ...options } = {}) => ask(at, method, path, { token, ...options }),
    connect: async (at = address) => {
      const socket = openSocket(at, ['live-sessions.v1', `bearer.${token}`])
      await socket.next('welcome')
      return socket
    }
  }
}

export interface LiveSocket {
  ws: WebSocket
  /** The next message of this type, past or to come; rejects when the socket closes first. */
  next: <Type extends ServerMessage['type']>(type: Type) => Promise<Extract<ServerMessage, { type: Type }>>
  /** Everything that came, in order. */
  messages: ServerMessage[]
  closed: Promise<{ code: number, reason: string }>
  /** The status that refused the handshake, or null when it was accepted. */
  refused: Promise<{ status: number, body: string } | null>
}

/** Opens a socket; `next` waits for a message and keeps the others. */
export function openSocket (address: string, protocols: string[], headers: Record<string, string> = {}, path = '/api/sessions/socket'): LiveSocket {
  const ws = new WebSocket(address.replace(/^http/, 'ws') + path, protocols, { headers })
  const messages: ServerMessage[] = []
  const taken = new Set<ServerMessage>()
  const look = new Set<() => void>()
  let over = false
  ws.on('message', (data) => {
    messages.push(JSON.parse(String(data)) as ServerMessage)
    for (const again of look) again()
  })
  ws.on('error', () => {})
  const closed = new Promise<{ code: number, reason: string }>((resolve) => {
    ws.once('close', (code, reason) => {
      over = true
      for (const again of look) again()
      resolve({ code, reason: String(reason) })
    })
  })
  const refused = new Promise<{ status: number, body: string } | null>((resolve) => {
    ws.once('open', () => { resolve(null) })
    ws.once('unexpected-response', (_request, response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => { body += chunk.toString() })
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body })
        ws.terminate()
      })
    })
  })
  return {
    ws,
    messages,
    closed,
    refused,
    async next<Type extends ServerMessage['type']> (type: Type) {
      return await new Promise<Extract<ServerMessage, { type: Type }>>((resolve, reject) => {
        const again = (): void => {
          const found = messages.find((message): message is Extract<ServerMessage, { type: Type }> => message.type === type && !taken.has(message))
          if (found !== undefined) {
            taken.add(found)
            look.delete(again)
            resolve(found)
          } else if (over) {
            look.delete(again)
            reject(new Error(`the socket closed before a "${type}" came`))
          }
        }
        look.add(again)
        again()
      })
    }
  }
}
