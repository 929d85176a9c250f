/** curl --http2 and Java's HttpClient offer h2c with each request: for an app with our sockets they are plain requests, body and all. */
import { once } from 'node:events'
import websocket from '@fastify/websocket'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { buildApp, PASSWORD } from '../helpers/app.ts'
import { logIn } from '../helpers/device.ts'
import { connectTo, requestHead } from '../helpers/wire.ts'

const OFFER = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA' }

function postHead (path: string, body: string, headers: Record<string, string> = {}): Buffer {
  return requestHead('POST', path, { ...OFFER, 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)), ...headers })
}

/** One connection, and its answers one by one. */
function converse (address: string): { write: (...parts: Array<Buffer | string>) => void, answer: (until: string) => Promise<string>, end: () => void } {
  const socket = connectTo(address)
  let heard = ''
  socket.setEncoding('utf8')
  socket.on('data', (text) => { heard += String(text) })
  return {
    write (...parts) { for (const part of parts) socket.write(part) },
    async answer (until) {
      while (!heard.includes(until) && !socket.closed) await Promise.race([once(socket, 'data'), once(socket, 'close')])
      const end = heard.includes(until) ? heard.indexOf(until) + until.length : heard.length
      const answer = heard.slice(0, end)
      heard = heard.slice(end)
      return answer
    },
    end () { socket.destroy() }
  }
}

function ownRoutes (app: FastifyInstance): void {
  app.get('/own/page', async () => ({ page: true }))
  app.post('/own/echo', async (request) => ({ echo: request.body }))
}

const MOMENTS: Record<string, (app: FastifyInstance) => Promise<void>> = {
  'our plugin alone': async () => {},
  '@fastify/websocket beside it': async (app) => { await app.register(websocket) }
}

for (const [beside, prepare] of Object.entries(MOMENTS)) {
  t.test(`with ${beside}, what offers h2c is answered as without the offer, and its connection goes on`, async (t) => {
    const { address } = await buildApp(t, { before: prepare, after: ownRoutes })
    const { write, answer, end } = converse(address)
    t.teardown(end)
    const ok = /^HTTP\/1\.1 200 OK\r\n/

    write(requestHead('GET', '/own/page', OFFER))
    t.match(await answer('{"page":true}'), ok)
    write(postHead('/own/echo', '{"a":1}'), '{"a":1}')
    t.match(await answer('{"echo":{"a":1}}'), ok, 'a body in one go')
    write(postHead('/own/echo', '{"a":2}'), '{"a"')
    // A round trip on another connection: the first half is there before the second.
    await fetch(`${address}/own/page`)
    write(':2}')
    t.match(await answer('{"echo":{"a":2}}'), ok, 'a body in two parts')
    write(requestHead('POST', '/own/echo', { ...OFFER, 'content-type': 'application/json', 'transfer-encoding': 'chunked' }), '7\r\n{"a":3}\r\n0\r\n\r\n')
    t.match(await answer('{"echo":{"a":3}}'), ok, 'a chunked body')
    write(requestHead('GET', '/own/page', {}), requestHead('GET', '/own/page', OFFER), requestHead('GET', '/own/page', {}))
    for (let index = 0; index < 3; index++) t.match(await answer('{"page":true}'), ok, 'one after the other, without waiting')
    write(requestHead('GET', '/nowhere', OFFER))
    t.match(await answer('"statusCode":404}'), /^HTTP\/1\.1 404 /)

    const login = JSON.stringify({ email: 'ada@example.com', password: PASSWORD })
    write(postHead('/api/auth/login', login, { 'x-session-transport': 'token' }), login)
    t.match(await answer('}}'), /^HTTP\/1\.1 20[01] /, 'our own route')
    const { token } = await logIn(address)
    write(requestHead('GET', '/api/sessions/current', { ...OFFER, authorization: `Bearer ${token}`, connection: 'close, Upgrade' }))
    t.match(await answer('never'), ok)
  })
}

t.test('with more headers than the server reads, none of which may be the one that says where the body ends, nothing behind them is a request', async (t) => {
  const asked: string[] = []
  const { address } = await buildApp(t, {
    before: (app) => { app.server.maxHeadersCount = 8 },
    after: (app) => { app.addHook('onRequest', async ({ url }) => { asked.push(url) }) }
  })
  const { write, answer } = converse(address)
  const padding = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`x-${index}`, '1']))
  const hidden = 'GET /hidden HTTP/1.1\r\nhost: x\r\n\r\n'
  write(requestHead('POST', '/own/echo', { ...OFFER, ...padding, 'content-length': String(hidden.length) }), hidden)
  t.match(await answer('never'), /^HTTP\/1\.1 431 /)
  t.same(asked, [])
})
