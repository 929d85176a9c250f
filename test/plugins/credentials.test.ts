/** Which credential wins is fixed (R20), and where none may be (R16): the Bearer header, the socket's subprotocol, the cookie. A malformed one never falls back. */
import t from 'tap'
import { buildApp } from '../helpers/app.ts'
import { ask, logIn, openSocket } from '../helpers/device.ts'
import { askRaw } from '../helpers/wire.ts'

/** One app for all: each test has sessions of its own. */
const { address } = await buildApp(t)

t.test('a malformed Bearer header is 401 and never a fall-back to the cookie', async (t) => {
  const { token } = await logIn(address)
  const cookie = `session=${token}`
  for (const authorization of ['Bearer', 'Bearer ', 'bearer', 'BEARER x', 'Bearer forged', `Bearer, ${token}`, `Bearer=${token}`, `Bearer\t\t${token}x`, `Bearer ${token} ${token}`, 'Bearer "', 'Bearer é']) {
    t.match(await askRaw(address, 'GET', '/api/sessions/current', { authorization, cookie }), /^HTTP\/1\.1 401 [^]*SESSION_TOKEN_INVALID/, JSON.stringify(authorization))
  }
})

t.test('the scheme is read in any case, and with more than one space', async (t) => {
  const { token } = await logIn(address)
  for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
    t.equal((await ask(address, 'GET', '/api/sessions/current', { headers: { authorization: `${scheme}  ${token}` } })).status, 200)
  }
})

t.test('other schemes are none of our business: then the cookie counts', async (t) => {
  const { token } = await logIn(address)
  for (const authorization of ['Basic dXNlcjpwYXNz', 'Digest username="x"', 'Bearerish x', 'Bearer-foo x', 'bearer.token x', 'Bearer!', 'DPoP x', '']) {
    t.match(await askRaw(address, 'GET', '/api/sessions/current', { authorization, cookie: `session=${token}` }), /^HTTP\/1\.1 200 /, authorization)
    t.match(await askRaw(address, 'GET', '/api/sessions/current', { authorization }), /^HTTP\/1\.1 401 [^]*SESSION_REQUIRED/, authorization)
  }
})

t.test('the header wins over the cookie, and over the subprotocol', async (t) => {
  const [header, other] = [await logIn(address), await logIn(address)]
  t.match(await header.ask('GET', '/api/sessions/current', { headers: { cookie: `session=${other.token}` } }), { body: { id: header.id } })
  const socket = openSocket(address, ['live-sessions.v1', `bearer.${other.token}`], { authorization: `Bearer ${header.token}` })
  t.equal((await socket.next('welcome')).sessionId, header.id)
})

t.test('the subprotocol wins over the cookie', async (t) => {
  const [first, second] = [await logIn(address), await logIn(address)]
  const socket = openSocket(address, ['live-sessions.v1', `bearer.${first.token}`], { cookie: `session=${second.token}` })
  t.equal((await socket.next('welcome')).sessionId, first.id)
  const forged = openSocket(address, ['live-sessions.v1', 'bearer.forged'], { cookie: `session=${second.token}`, origin: address })
  t.match(await forged.refused, { status: 401, body: /SESSION_TOKEN_INVALID/ })
})

t.test('a token in the URL or in the body opens nothing', async (t) => {
  const { token, id } = await logIn(address)
  for (const path of [`/api/sessions?token=${token}`, `/api/sessions?access_token=${token}`, `/api/sessions/${id}?session=${token}`]) {
    t.match(await ask(address, 'GET', path), { status: 401, body: { code: 'SESSION_REQUIRED' } })
  }
  t.equal((await ask(address, 'PATCH', `/api/sessions/${id}`, { body: { deviceName: 'x', token } })).status, 401)
})

t.test('a cookie is read among others, and a broken one is just invalid', async (t) => {
  const { token } = await logIn(address)
  for (const [cookie, status] of [
    [`a=1; session=${token}; b="2"`, 200], [`a=%zz; session=${token}`, 200], [`sessions=x; mysession=y; session=${token}`, 200],
    ['session=%zz', 401], ['session=', 401], ['session', 401], [`Session=${token}`, 401], [`=session; ;;${token}`, 401], ['__proto__=x; session=y', 401]
  ] as const) {
    t.equal((await ask(address, 'GET', '/api/sessions/current', { headers: { cookie } })).status, status, cookie.slice(0, 30))
  }
})
