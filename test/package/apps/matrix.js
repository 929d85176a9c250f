/** Each plugin that apps have, registered before ours and after, at the root and in a scope: login, list, guard, socket and logout work through all of them, and so does the plugin. Arguments choose plugins. With DATABASE_URL on that server, which is quicker. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { unzipSync } from 'node:zlib'
import Fastify from 'fastify'
import liveSessions, { requireSession } from 'fastify-live-sessions'
import { startTestDatabase } from 'fastify-live-sessions/testing'
import { WebSocket } from 'ws'
import { COMPANIONS } from './companions.js'

const ORDERS = ['before ours', 'after ours']
const PLACES = {
  'at the root': { theirs: false, ours: false },
  'in a scope': { theirs: true, ours: false },
  'at the root, ours in a scope': { theirs: false, ours: true },
  'each in a scope': { theirs: true, ours: true }
}
/** Both have a `request.session`. */
const ONLY_APART = ['@fastify/session']
/** No cell takes so long, in ms; what hangs is named. */
const CELL_WITHIN_MS = 60_000
/** What `fetch` says of itself. */
const AS_FETCH = { accept: '*/*', 'accept-encoding': 'gzip, deflate', 'accept-language': '*', 'sec-fetch-mode': 'cors', 'user-agent': 'node' }

const chosen = process.argv.slice(2)
const { DATABASE_URL: url } = process.env
const database = url === undefined ? await startTestDatabase() : { options: { url, pool: { min: 0, max: 5 } }, stop: async () => {} }
let migrate = true
let cells = 0
const failures = []
for (const [name, use] of Object.entries(COMPANIONS).filter(([name]) => chosen.length === 0 || chosen.includes(name))) {
  for (const order of ORDERS) {
    for (const [place, { theirs, ours }] of Object.entries(PLACES)) {
      if (ONLY_APART.includes(name) && !(theirs && ours)) continue
      const cell = `${name}, ${order}, ${place}`
      cells++
      try {
        await within(CELL_WITHIN_MS, tryCell({ use, first: order === 'before ours', theirs, ours, userId: `${cells}@example.com` }))
      } catch (error) {
        failures.push(`${cell}: ${error.stack}`)
      }
    }
  }
}
await database.stop()
for (const failure of failures) console.error(failure)
console.log(`${cells} cells, ${failures.length} failed`)
process.exit(failures.length === 0 && cells > 0 ? 0 : 1)

async function tryCell ({ use, first, theirs, ours, userId }) {
  const app = Fastify({ pluginTimeout: 120_000 })
  // Ours reaches the scopes below its own.
  const guarded = !ours
  const context = { guarded, guard: guarded ? requireSession : (_request, _reply, done) => { done() }, sees: !theirs && first }
  let check
  const registerTheirs = async () => {
    if (!theirs) check = await use(app, context)
    else await app.register(async (scope) => { check = await use(scope, context) })
  }
  const registerOurs = async () => {
    const register = async (scope) => {
      await scope.register(liveSessions, {
        secret: 'only for this test, and longer than 32 bytes',
        database: database.options,
        migrate,
        cookie: { name: 'session' },
        login: { verify: ({ body }) => body.password === 'right' ? { id: body.email } : null }
      })
      scope.get('/me', { onRequest: requireSession }, async (request) => ({ id: request.session.id }))
    }
    if (ours) await app.register(register)
    else await register(app)
    migrate = false
  }
  try {
    for (const register of first ? [registerTheirs, registerOurs] : [registerOurs, registerTheirs]) await register()
    const address = await app.listen({ port: 0, host: '127.0.0.1' })
    await tryOurs({ address, userId, tryTheirs: (client) => check({ ...client, userId: guarded ? userId : 'nobody' }) })
  } finally {
    await app.close()
  }
}

async function tryOurs ({ address, userId, tryTheirs }) {
  const { ask, status, firstMessage } = clientOf(address)
  const json = { 'content-type': 'application/json' }
  const logIn = async (transport, headers = {}) => await ask('POST', '/api/auth/login', { ...json, ...headers }, JSON.stringify({ email: userId, password: 'right', transport }))

  const wrong = await ask('POST', '/api/auth/login', json, JSON.stringify({ email: userId, password: 'wrong' }))
  assert.deepEqual([wrong.status, JSON.parse(wrong.text).code], [401, 'INVALID_CREDENTIALS'], wrong.text)
  const login = await logIn('bearer')
  assert.equal(login.status, 200, `login: ${login.text}`)
  const { token, session } = JSON.parse(login.text)
  const phone = { authorization: `Bearer ${token}` }
  const browser = await logIn('cookie', { 'sec-fetch-site': 'same-origin' })
  assert.equal(browser.status, 200, `login with the cookie: ${browser.text}`)
  const cookie = browser.headers['set-cookie'].map((line) => line.split(';')[0]).find((pair) => pair.startsWith('session='))
  const laptop = { cookie, 'sec-fetch-site': 'same-origin' }

  const list = await ask('GET', '/api/sessions', laptop)
  assert.equal(list.status, 200, `list: ${list.text}`)
  assert.deepEqual(JSON.parse(list.text).map(({ isCurrent }) => isCurrent).sort(), [false, true], list.text)

  assert.equal(await status('/me'), 401, 'the guard without a session')
  assert.equal(await status('/me', phone), 200, 'the guard with a token')
  assert.equal(await status('/me', laptop), 200, 'the guard with a cookie')

  const socket = openSocket(address, token)
  assert.equal((await socket.next()).type, 'welcome')
  await tryTheirs({ address, ask, status, firstMessage, headers: phone })

  const ended = await ask('DELETE', `/api/sessions/${session.id}`, laptop)
  assert.equal(ended.status, 200, `the end of the other one: ${ended.text}`)
  assert.equal(JSON.parse(ended.text).confirmed, true)
  assert.equal((await socket.next()).type, 'logout')
  assert.equal(await socket.closed, 4401)
  const refused = await ask('GET', '/me', phone)
  assert.deepEqual([refused.status, JSON.parse(refused.text).code], [401, 'SESSION_REVOKED'])
  await delivered()

  const logout = await ask('POST', '/api/auth/logout', laptop)
  assert.equal(logout.status, 200, `logout: ${logout.text}`)
  assert.equal(await status('/me', laptop), 401, 'the guard after the logout')

  /** The receipt is written soon after the answer. */
  async function delivered () {
    for (let tries = 0; tries < 200; tries++) {
      if (JSON.parse((await ask('GET', `/api/sessions/${session.id}`, laptop)).text).logoutDeliveredAt !== null) return
      await new Promise((resolve) => { setTimeout(resolve, 10) })
    }
    assert.fail('no receipt')
  }
}

/** Not by `fetch`, which is three times the work. */
function clientOf (address) {
  const ask = async (method, path, ownHeaders = {}, body = undefined) => {
    const asked = request(address + path, { method, headers: { ...AS_FETCH, ...ownHeaders } })
    // One that comes after the answer has begun is the answer's, too.
    asked.on('error', () => {})
    asked.end(body)
    const [response] = await once(asked, 'response')
    const { statusCode: status, headers } = response
    const content = await buffer(response)
    return { status, headers, text: String('content-encoding' in headers ? unzipSync(content) : content) }
  }
  return {
    ask,
    status: async (path, headers) => (await ask('GET', path, headers)).status,
    firstMessage: async (path, headers = {}) => {
      const socket = new WebSocket(address.replace('http', 'ws') + path, { headers })
      const [data] = await once(socket, 'message')
      socket.terminate()
      return String(data)
    }
  }
}

/** Acknowledges a logout, and tells `welcome` and `logout` only: our lists change, too. */
function openSocket (address, token) {
  const socket = new WebSocket(`${address.replace('http', 'ws')}/api/sessions/socket`, ['live-sessions.v1', `bearer.${token}`])
  const messages = []
  let wake = () => {}
  const closed = new Promise((resolve, reject) => {
    socket.once('close', (code) => { resolve(code) })
    socket.once('error', (error) => { reject(new Error(`the socket: ${error.message}`)) })
  })
  closed.catch(() => {})
  socket.on('message', (data) => {
    const message = JSON.parse(String(data))
    if (message.type === 'logout') socket.send(JSON.stringify({ type: 'ack', eventId: message.eventId, state: 'delivered' }))
    if (['welcome', 'logout'].includes(message.type)) messages.push(message)
    wake()
  })
  return {
    closed,
    async next () {
      while (messages.length === 0) {
        await Promise.race([new Promise((resolve) => { wake = resolve }), closed.then((code) => { if (messages.length === 0) throw new Error(`the socket closed with ${code}`) })])
      }
      return messages.shift()
    }
  }
}

async function within (ms, promise) {
  let timer
  const late = new Promise((_resolve, reject) => { timer = setTimeout(() => { reject(new Error(`nothing after ${ms} ms`)) }, ms) })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
