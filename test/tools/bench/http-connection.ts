/** One warm HTTP/1.1 connection that asks one thing at a time, and hardly adds to the time that is measured. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { readAnswer, type Answer } from './http-answer.ts'

export interface HttpConnection {
  /** Rejects when the server closes the connection. */
  ask: (method: string, path: string, token: string) => Promise<Answer>
  close: () => void
}

export async function openHttpConnection (address: string): Promise<HttpConnection> {
  const { hostname, port, host } = new URL(address)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  await once(socket, 'connect')
  socket.setEncoding('latin1')
  let fail: ((error: Error) => void) | null = null
  // An error is followed by the close.
  socket.on('error', () => {})
  socket.on('close', () => { fail?.(new Error('the server closed the connection')) })
  return {
    async ask (method, path, token) {
      return await new Promise((resolve, reject) => {
        let received = ''
        const onData = (text: string): void => {
          received += text
          const answer = readAnswer(received)
          if (answer === null) return
          socket.off('data', onData)
          fail = null
          resolve(answer)
        }
        fail = reject
        socket.on('data', onData)
        socket.write(`${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\n\r\n`, (error) => { if (error) reject(error) })
      })
    },
    close () { socket.destroy() }
  }
}
