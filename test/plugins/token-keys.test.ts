/** Every kind of key signs and verifies; no key stands in for another; rotation signs nobody out (R19). */
import t from 'tap'
import type { SecretOption } from '../../plugins/index.ts'
import { buildApp, SECRET } from '../helpers/app.ts'
import { ask, logIn } from '../helpers/device.ts'
import { decode, forge, newPair } from '../helpers/forge.ts'

const PAIRS = { EdDSA: newPair('EdDSA'), ES256: newPair('ES256'), RS256: newPair('RS256') }
/** With the usual secret. */
const plain = await buildApp(t)
const NEW_SECRET = 'another secret of the tests, for the rotation'

for (const [algorithm, secret] of Object.entries({ HS256: SECRET, ...PAIRS })) {
  t.test(`${algorithm} signs and verifies`, async (t) => {
    const { address } = secret === SECRET ? plain : await buildApp(t, { options: { secret } })
    const device = await logIn(address)
    t.equal(decode(device.token).header['alg'], algorithm)
    t.type(decode(device.token).header['kid'], 'string')
    t.match(await device.ask('GET', '/api/sessions/current'), { status: 200, body: { id: device.id } })
    const socket = await device.connect()
    t.match(await device.ask('POST', '/api/auth/logout'), { status: 200 })
    t.match(await socket.next('logout'), { reason: 'logout' })
  })
}

t.test('a key signs for its own algorithm only: no public key is taken for a secret, no kid leads to another key', async (t) => {
  const { address } = await buildApp(t, { options: { secret: [PAIRS.RS256, { algorithm: 'HS256', secret: SECRET, kid: 'shared' }] } })
  const { token } = await logIn(address)
  const { header, payload } = decode(token)
  const rsa = { alg: 'RS256', kid: header['kid'] }
  const { publicKey, privateKey } = PAIRS.RS256
  t.equal((await ask(address, 'GET', '/api/sessions/current', { token: forge(rsa, payload, privateKey, 'RS256') })).status, 200, 'the forge itself works')
  t.equal((await ask(address, 'GET', '/api/sessions/current', { token: forge({ alg: 'HS256', kid: 'shared' }, payload, SECRET) })).status, 200)
  for (const [what, forged] of Object.entries({
    'the public key as a secret, under its kid': forge({ alg: 'HS256', kid: rsa.kid }, payload, publicKey),
    'the public key as a secret, saying RS256': forge(rsa, payload, publicKey),
    'the public key as a secret, under the kid of the secret': forge({ alg: 'HS256', kid: 'shared' }, payload, publicKey),
    'the secret, under the kid of the pair': forge({ alg: 'HS256', kid: rsa.kid }, payload, SECRET),
    'the pair, under the kid of the secret': forge({ alg: 'RS256', kid: 'shared' }, payload, privateKey, 'RS256'),
    'another pair': forge(rsa, payload, newPair('RS256').privateKey, 'RS256'),
    'a key of the token\'s own': forge({ ...rsa, jwk: {}, jku: 'http://127.0.0.1:1/', x5u: 'http://127.0.0.1:1/' }, payload, newPair('RS256').privateKey, 'RS256')
  })) {
    t.match(await ask(address, 'GET', '/api/sessions/current', { token: forged }), { status: 401, body: { code: 'SESSION_TOKEN_INVALID' } }, what)
  }
})

t.test('a token that names no key passes by any key of its algorithm, and a forged one by none', async (t) => {
  const other = 'a third secret of the tests, for HS256 as well'
  for (const secret of [SECRET, [PAIRS.EdDSA, other, SECRET]]) {
    const { address } = secret === SECRET ? plain : await buildApp(t, { options: { secret } })
    const { payload } = decode((await logIn(address)).token)
    const status = async (token: string): Promise<unknown> => (await ask(address, 'GET', '/api/sessions/current', { token })).body['code'] ?? 200
    t.equal(await status(forge({ alg: 'HS256' }, payload, SECRET)), 200)
    t.equal(await status(forge({ alg: 'HS256', kid: 'unknown' }, payload, SECRET)), 'SESSION_TOKEN_INVALID', 'an unknown name is not no name')
    t.equal(await status(forge({ alg: 'HS256' }, payload, NEW_SECRET)), 'SESSION_TOKEN_INVALID')
    t.equal(await status(forge({ alg: 'HS256' }, payload, PAIRS.EdDSA.publicKey)), 'SESSION_TOKEN_INVALID')
    t.equal(await status(forge({ alg: 'EdDSA' }, payload, SECRET)), 'SESSION_TOKEN_INVALID')
    t.equal(await status(forge({ alg: 'HS256' }, { ...payload, exp: 1_000_000_000 }, SECRET)), 'SESSION_EXPIRED')
  }
})

t.test('after a rotation old tokens pass, new ones are signed by the new key, and without the old key old ones are refused', async (t) => {
  const { address: before, database } = plain
  const start = async (secret: SecretOption | SecretOption[]): Promise<string> => (await buildApp(t, { database, options: { secret } })).address
  const retired = { algorithm: PAIRS.EdDSA.algorithm, publicKey: PAIRS.EdDSA.publicKey }

  const old = await logIn(before)
  const during = await start([NEW_SECRET, SECRET, retired])
  t.equal((await ask(during, 'GET', '/api/sessions/current', { token: old.token })).status, 200)
  const fresh = await logIn(during)
  t.not(decode(fresh.token).header['kid'], decode(old.token).header['kid'])
  t.match(await ask(before, 'GET', '/api/sessions/current', { token: fresh.token }), { status: 401, body: { code: 'SESSION_TOKEN_INVALID' } })

  const after = await start(NEW_SECRET)
  t.match(await ask(after, 'GET', '/api/sessions/current', { token: old.token }), { status: 401, body: { code: 'SESSION_TOKEN_INVALID' } })
  t.equal((await ask(after, 'GET', '/api/sessions/current', { token: fresh.token })).status, 200)
})

t.test('a missing or short secret fails the registration, and names the option', async (t) => {
  const { database } = plain
  for (const secret of [undefined, '']) await t.rejects(buildApp(t, { database, options: { secret } }), { code: 'SESSION_SECRET_MISSING', message: /"secret"/ })
  await t.rejects(buildApp(t, { database, options: { secret: 'x'.repeat(31) } }), { code: 'SESSION_OPTION_INVALID', message: /"secret" is too short: it has 31 bytes/ })
})
