/** The forge matrix (R7, R17, R18, R37): whatever is wrong with a token, it is 401 SESSION_TOKEN_INVALID, by each way that it can come. */
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { buildApp, SECRET } from '../helpers/app.ts'
import { ask, logIn, openSocket } from '../helpers/device.ts'
import { decode, forge, type Claims } from '../helpers/forge.ts'
import { askRaw } from '../helpers/wire.ts'

const FOREIGN_SECRET = 'a secret that the server has never heard of'

/** One app for all that need no other: each test has sessions of its own. */
const { address } = await buildApp(t)

t.test('a forged token opens nothing, and is never 500', async (t) => {
  const [mine, others] = [await logIn(address), await logIn(address, 'second@example.com')]
  const { header, payload } = decode(mine.token)
  const without = (claims: Claims, name: string): Claims => Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name))
  const withHeader = (change: Claims, by = 'HS256'): string => forge({ ...header, ...change }, payload, SECRET, by)
  const withClaims = (change: Claims): string => forge(header, { ...payload, ...change }, SECRET)
  const [head, body, signature] = mine.token.split('.') as [string, string, string]

  t.equal((await ask(address, 'GET', '/api/sessions/current', { token: forge(header, payload, SECRET) })).status, 200, 'the forge itself works')

  const forged: Record<string, string> = {
    'alg none, no signature': forge({ ...header, alg: 'none' }, payload),
    'alg None': forge({ ...header, alg: 'None' }, payload),
    'alg none, with a signature': withHeader({ alg: 'none' }),
    'alg HS512': withHeader({ alg: 'HS512' }, 'HS512'),
    'alg HS384': withHeader({ alg: 'HS384' }, 'HS384'),
    'no alg': forge(without(header, 'alg'), payload, SECRET),
    'alg is a number': withHeader({ alg: 1 }),
    'alg is null': withHeader({ alg: null }),
    'alg is __proto__': withHeader({ alg: '__proto__' }),
    'alg of another family': withHeader({ alg: 'RS256' }),
    'no kid, signed by a foreign secret': forge(without(header, 'kid'), payload, FOREIGN_SECRET),
    'no kid, alg none': forge({ typ: 'JWT', alg: 'none' }, payload),
    'no kid, alg HS512': forge({ typ: 'JWT', alg: 'HS512' }, payload, SECRET, 'HS512'),
    'no kid and no alg': forge({ typ: 'JWT' }, payload, SECRET),
    'kid is null': withHeader({ kid: null }),
    'unknown kid': withHeader({ kid: 'unknown' }),
    'kid is a number': withHeader({ kid: 1 }),
    'kid is an object': withHeader({ kid: { toString: 'x' } }),
    'kid is a path': withHeader({ kid: '../../../dev/null' }),
    'kid is __proto__': withHeader({ kid: '__proto__' }),
    crit: withHeader({ crit: ['b64'], b64: false }),
    'crit that nobody knows': withHeader({ crit: ['x-new'], 'x-new': true }),
    'typ of something else, signed by a foreign secret': forge({ ...header, typ: 'at+jwt' }, payload, FOREIGN_SECRET),
    'foreign secret': forge(header, payload, FOREIGN_SECRET),
    'empty secret': forge(header, payload, ''),
    'wrong issuer': withClaims({ iss: 'somebody-else' }),
    'no issuer': forge(header, without(payload, 'iss'), SECRET),
    'wrong audience': withClaims({ aud: 'another-app' }),
    'no audience': forge(header, without(payload, 'aud'), SECRET),
    'no exp': forge(header, without(payload, 'exp'), SECRET),
    'exp is a text': withClaims({ exp: String(payload['exp']) }),
    'exp is null': withClaims({ exp: null }),
    'exp is an object': withClaims({ exp: {} }),
    'exp is not finite': forge(header, JSON.stringify(payload).replace(/"exp":\d+/, '"exp":1e999'), SECRET),
    'no iat': forge(header, without(payload, 'iat'), SECRET),
    'iat is a text': withClaims({ iat: 'now' }),
    'not yet valid': withClaims({ nbf: Number(payload['exp']) }),
    'no sub': forge(header, without(payload, 'sub'), SECRET),
    'sub of another user': withClaims({ sub: others.userId }),
    'sub is a number': withClaims({ sub: 1 }),
    'sub is constructor': withClaims({ sub: 'constructor' }),
    'no session_id': forge(header, without(payload, 'session_id'), SECRET),
    'session_id is not a UUID': withClaims({ session_id: '1 or 1=1' }),
    'session_id is constructor': withClaims({ session_id: 'constructor' }),
    'session_id has a NUL': withClaims({ session_id: mine.id.slice(0, -1) + '\0' }),
    'session_id is an array': withClaims({ session_id: [mine.id] }),
    'session_id of another user': withClaims({ session_id: others.id }),
    '__proto__ instead of the claims': forge(header, `{"__proto__":${JSON.stringify(payload)}}`, SECRET),
    'a bare session id': mine.id,
    'header is an array': forge([header], payload, SECRET),
    'header is null': forge('null', payload, SECRET),
    'header is a text': forge('"text"', payload, SECRET),
    'header is not JSON': forge('{', payload, SECRET),
    'payload is an array': forge(header, [payload], SECRET),
    'payload is null': forge(header, 'null', SECRET),
    'payload is a text': forge(header, '"text"', SECRET),
    'payload is not JSON': forge(header, '{', SECRET),
    'signature of another token': `${head}.${body}.${others.token.split('.')[2] ?? ''}`,
    'payload of another token': `${head}.${others.token.split('.')[1] ?? ''}.${signature}`,
    'no signature': `${head}.${body}.`,
    'two parts': `${head}.${body}`,
    'four parts': `${mine.token}.${signature}`,
    'one part': head,
    'dots only': '..',
    'a dot': '.',
    'not base64': '!!.!!.!!',
    'trailing character': `${mine.token}A`,
    'in quotes': `"${mine.token}"`,
    'a second token behind it': `${mine.token} ${others.token}`,
    'longer than any of ours': withClaims({ padding: 'x'.repeat(4_000) }),
    'ten kilobytes': 'a'.repeat(10_000)
  }

  const refusal = { status: 401, body: { statusCode: 401, code: 'SESSION_TOKEN_INVALID', error: 'Unauthorized' } }
  for (const [what, token] of Object.entries(forged)) {
    t.match(await ask(address, 'GET', '/api/sessions/current', { token }), refusal, `${what}, in the header`)
    t.match(await ask(address, 'GET', '/api/sessions/current', { headers: { cookie: `session=${encodeURIComponent(token)}` } }), refusal, `${what}, in the cookie`)
    if (!/^[\w.-]+$/.test(token)) continue
    const socket = openSocket(address, ['live-sessions.v1', `bearer.${token}`])
    const refused = await socket.refused
    t.match({ status: refused?.status, body: JSON.parse(refused?.body ?? 'null') as unknown }, refusal, `${what}, in the subprotocol`)
  }
  t.match(await ask(address, 'GET', '/api/sessions/current', { token: 'a'.repeat(100_000) }), { status: 431 })
  t.match(await askRaw(address, 'GET', '/api/sessions/current', { authorization: `Bearer ${mine.token.slice(0, -1)}é` }), /^HTTP\/1\.1 401 [^]*SESSION_TOKEN_INVALID/)
  t.equal((await mine.ask('GET', '/api/sessions/current')).status, 200, 'the real one still works')
})

t.test('a well signed token past its end says so, with the reason', async (t) => {
  const { token } = await logIn(address)
  const { header, payload } = decode(token)
  const past = { ...payload, exp: 1_000_000_000 }
  t.match(await ask(address, 'GET', '/api/sessions/current', { token: forge(header, past, SECRET) }),
    { status: 401, body: { code: 'SESSION_EXPIRED', reason: 'expired' } })
  t.match(await ask(address, 'GET', '/api/sessions/current', { token: forge(header, past, FOREIGN_SECRET) }),
    { status: 401, body: { code: 'SESSION_TOKEN_INVALID' } }, 'a forged one says nothing')
})

t.test('a well signed token of a session that does not exist opens nothing', async (t) => {
  const { header, payload } = decode((await logIn(address)).token)
  const token = forge(header, { ...payload, session_id: randomUUID() }, SECRET)
  t.match(await ask(address, 'GET', '/api/sessions/current', { token }), { status: 401, body: { code: 'SESSION_REVOKED' } })
  t.equal((await ask(address, 'DELETE', '/api/sessions', { token })).status, 401)
})

t.test('claims named __proto__ and constructor are claims, and nothing else', async (t) => {
  const { address } = await buildApp(t, { after: (app) => { app.get('/claims', async (request) => ({ claims: request.session?.claims, admin: ({} as Claims)['admin'] ?? null })) } })
  const { header, payload } = decode((await logIn(address)).token)
  const strange = JSON.stringify(payload).replace(/}$/, ',"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}')
  const { status, body } = await ask<{ claims: Claims, admin: null }>(address, 'GET', '/claims', { token: forge(header, strange, SECRET) })
  t.equal(status, 200)
  t.equal(body.admin, null)
  t.same(Object.keys(body.claims).sort(), ['__proto__', 'constructor'])
  t.equal(body.claims['admin'], undefined)
})
