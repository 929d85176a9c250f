/** The process that asks: a fixed number of requests over keep-alive connections, one at a time on each, no more of HTTP than that needs. */
import { connect, type Socket } from 'node:net'
import { readAnswer } from '../http-answer.ts'

export interface Load {
  port: number
  /** One header line for each user; '' for none. */
  credentials: readonly string[]
  connections: number
  requests: number
}

/** Milliseconds that they took. */
export type LoadResult = { ms: number } | { error: string }

const EXPECTED_BODY = /^\{"user":"user-\d{4}"\}$/

process.on('message', (load: Load) => {
  run(load).then((ms) => process.send?.({ ms } satisfies LoadResult), (error: unknown) => process.send?.({ error: String(error) } satisfies LoadResult))
})

async function run ({ port, credentials, connections, requests }: Load): Promise<number> {
  const heads = credentials.map((line) => Buffer.from(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${line === '' ? '' : `${line}\r\n`}\r\n`, 'latin1'))
  let begun = 0
  const next = (): Buffer | null => begun < requests ? heads[begun++ % heads.length] as Buffer : null
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)))
  const begin = performance.now()
  const rest = keepAwake()
  await Promise.all(sockets.map((socket) => ask(socket, next)))
  rest()
  const ms = performance.now() - begin
  for (const socket of sockets) socket.destroy()
  return ms
}

/** Waking another process is a cost of the one that writes to it: this one never sleeps, so that no subject pays for that. */
function keepAwake (): () => void {
  let awake = true
  const spin = (): void => { if (awake) setImmediate(spin) }
  spin()
  return () => { awake = false }
}

async function open (port: number): Promise<Socket> {
  return await new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => { resolve(socket) })
    socket.once('error', reject)
  })
}

/** Asks on one connection until nothing is left to ask. */
async function ask (socket: Socket, next: () => Buffer | null): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let received = ''
    const go = (): void => {
      const head = next()
      if (head === null) resolve()
      else socket.write(head)
    }
    socket.setEncoding('latin1')
    socket.on('error', reject)
    socket.on('close', () => { reject(new Error('the server closed a connection')) })
    socket.on('data', (text: string) => {
      received += text
      const answer = readAnswer(received)
      if (answer === null) return
      if (answer.status !== 200 || !EXPECTED_BODY.test(answer.body)) {
        reject(new Error(`an unexpected answer: ${received.slice(0, 500)}`))
        return
      }
      received = ''
      go()
    })
    go()
  })
}
