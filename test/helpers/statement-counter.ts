/** A proxy before PostgreSQL that writes down every statement sent through it: what the server is really asked. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import type { Test } from 'tap'

export interface StatementCounter {
  /** The database's URL, through the proxy. */
  url: string
  /** Every statement since the last `take`. */
  take: () => string[]
}

/** Message types of PostgreSQL's protocol that carry a statement. */
const QUERY = 'Q'
const PARSE = 'P'
const TYPE_LENGTH = 1
const SIZE_LENGTH = 4

export async function countStatements (t: Test, databaseUrl: string): Promise<StatementCounter> {
  const { hostname, port } = new URL(databaseUrl)
  let statements: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(port === '' ? 5_432 : port), hostname)
    const read = createReader((statement) => { statements.push(statement) })
    client.on('data', read)
    client.pipe(upstream).pipe(client)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const url = Object.assign(new URL(databaseUrl), { hostname: '127.0.0.1', port: String((server.address() as AddressInfo).port) }).href
  return {
    url,
    take () {
      const taken = statements
      statements = []
      return taken
    }
  }
}

/** Reads one connection's messages, of which the first, the greeting, has no type. */
function createReader (onStatement: (text: string) => void): (chunk: Buffer) => void {
  let buffered = Buffer.alloc(0)
  let greeted = false
  return (chunk) => {
    buffered = Buffer.concat([buffered, chunk])
    for (;;) {
      const head = greeted ? TYPE_LENGTH : 0
      if (buffered.length < head + SIZE_LENGTH) return
      const end = head + buffered.readUInt32BE(head)
      if (buffered.length < end) return
      const type = greeted ? String.fromCharCode(buffered[0] as number) : ''
      const parts = buffered.subarray(head + SIZE_LENGTH, end).toString('utf8').split('\0')
      if (type === QUERY) onStatement(parts[0] ?? '')
      if (type === PARSE) onStatement(parts[1] ?? '')
      greeted = true
      buffered = buffered.subarray(end)
    }
  }
}
