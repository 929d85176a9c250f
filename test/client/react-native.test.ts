/** The client as it is published, in a worker: with the platform's own URL, and with React Native's, which has no setters and appends where others resolve. */
import { once } from 'node:events'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { buildApp } from '../helpers/app.ts'
import { logIn } from '../helpers/device.ts'

const CLIENT = pathToFileURL(join(import.meta.dirname, '../../dist/src/client/index.js')).href

/** No page, no document, no AbortSignal.timeout, bodies that are no streams: what React Native has. Its fetch is its own, too. */
const APP = `
const { parentPort, workerData } = require('node:worker_threads')
const { request } = require('node:http')
const { WebSocket } = require('ws')

class ReactNativeURL {
  constructor (url, base) {
    if (base === undefined) {
      this._url = String(url)
      if (/^https?:[/][/][^/?#]+$/.test(this._url)) this._url += '/'
      return
    }
    const before = String(base).replace(/[/]$/, '')
    this._url = before + (String(url).startsWith('/') ? url : '/' + url)
  }
  get href () { return this.toString() }
  get protocol () { return /^[a-z]+:/.exec(this._url)[0] }
  get origin () { return /^[a-z]+:[/][/][^/?#]+/.exec(this._url)[0] }
  get pathname () { throw new Error('not implemented') }
  toString () { return this._url }
}
const fetch = async (url, { method = 'GET', headers }) => await new Promise((resolve, reject) => {
  request(url, { method, headers }, (response) => {
    const chunks = []
    response.on('data', (chunk) => { chunks.push(chunk) }).on('end', () => {
      resolve({ status: response.statusCode, headers: { get: (name) => response.headers[name] ?? null }, json: async () => JSON.parse(Buffer.concat(chunks).toString()) })
    })
  }).on('error', reject).end()
})
for (const name of workerData.plain ? ['WebSocket'] : ['URL', 'fetch', 'WebSocket']) Object.defineProperty(globalThis, name, { configurable: true, writable: true, value: { URL: ReactNativeURL, fetch, WebSocket }[name] })

import(workerData.client).then(({ connectLiveSession }) => {
  const { address, token, prefix, asUrl } = workerData
  connectLiveSession({
    url: asUrl ? new ReactNativeURL(address) : address,
    prefix,
    token,
    onStateChange: (state) => { parentPort.postMessage({ state }) },
    onProblem: (problem) => { parentPort.postMessage({ problem }) },
    onLogout: ({ reason, via }) => { parentPort.postMessage({ reason, via }) }
  })
})
`

t.test('in a worker and under React Native the client connects, is told of a problem, and signs out', async (t) => {
  const { address } = await buildApp(t)
  const start = (options: object): Worker => {
    const worker = new Worker(APP, { eval: true, execArgv: [], workerData: { client: CLIENT, address, ...options } })
    t.teardown(async () => { await worker.terminate() })
    return worker
  }
  const said = async (worker: Worker, name: string): Promise<Record<string, unknown>> => {
    for (;;) {
      const [message] = await once(worker, 'message') as [Record<string, unknown>]
      if (message[name] !== undefined && (name !== 'state' || message[name] === 'open')) return message
    }
  }
  for (const options of [{ prefix: '/api' }, { prefix: 'api/', asUrl: true }, { prefix: `${address}/api`, address: 'https://elsewhere.example' }, { prefix: '/api', plain: true }]) {
    const device = await logIn(address)
    const worker = start({ ...options, token: device.token })
    await said(worker, 'state')
    const ended = said(worker, 'reason')
    await device.ask('POST', '/api/auth/logout')
    t.match(await ended, { reason: 'logout', via: 'push' }, JSON.stringify(options))
  }
  const { token } = await logIn(address)
  t.match(await said(start({ prefix: '/v2', token }), 'problem'), { problem: { status: 404, code: null } })
})
