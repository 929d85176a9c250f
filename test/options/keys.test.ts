/** The `secret` option: which keys come of it, and what is wrong with those that don't (R34). */
import { createPublicKey, createSecretKey } from 'node:crypto'
import t from 'tap'
import { MIN_SECRET_BYTES, resolveKeys, type KeyPair, type SecretOption } from '../../src/options/keys.ts'
import { newPair } from '../helpers/forge.ts'

const [ONE, OTHER] = ['1'.repeat(MIN_SECRET_BYTES), '2'.repeat(MIN_SECRET_BYTES)] as const
const [ed25519, p256, rsa] = [newPair('EdDSA'), newPair('ES256'), newPair('RS256')] as const

t.test('a secret gives an HS256 key and a bus key that is not the secret', async (t) => {
  const { tokens, bus } = resolveKeys(ONE)
  t.match(tokens, [{ algorithm: 'HS256', kid: /^[\w-]{11}$/ }])
  t.same(tokens[0].signingKey, Buffer.from(ONE))
  t.equal(bus.length, 1)
  t.equal(bus[0].symmetricKeySize, 32)
  t.notOk(bus[0].equals(createSecretKey(Buffer.from(ONE))))
  const fromBytes = resolveKeys(Buffer.from(ONE))
  t.same(fromBytes.tokens, tokens, 'the same from bytes, as on every node')
  t.ok(fromBytes.bus[0].equals(bus[0]))
  t.not(resolveKeys(OTHER).tokens[0].kid, tokens[0].kid)
})

t.test('of a list the first signs, all verify, and the key id may be given', async (t) => {
  const { publicKey, algorithm } = ed25519
  const { tokens, bus } = resolveKeys([{ algorithm: 'HS256', secret: ONE, kid: 'mine' }, OTHER, p256, rsa, { algorithm, publicKey }])
  t.same(tokens.map((key) => key.algorithm), ['HS256', 'HS256', 'ES256', 'RS256', 'EdDSA'])
  t.equal(tokens[0].kid, 'mine')
  t.equal(tokens[4]?.signingKey, undefined)
  t.equal(bus.length, 4, 'a key that only verifies signs no bus messages')
})

t.test('a key pair is the same key in whatever form it is written', async (t) => {
  const other = createPublicKey(rsa.publicKey).export({ type: 'pkcs1', format: 'pem' }) as string
  const [one, same] = [resolveKeys(rsa), resolveKeys({ ...rsa, publicKey: other })]
  t.same(same.tokens, one.tokens)
  t.ok(same.bus[0].equals(one.bus[0]))
})

t.test('a missing secret is said to be missing', async (t) => {
  const missing = [undefined, null, '', [], [undefined], [ONE, ''], { algorithm: 'HS256' }, { algorithm: 'HS256', secret: '' }]
  for (const secret of missing) t.throws(() => resolveKeys(secret as SecretOption), { code: 'SESSION_SECRET_MISSING', message: /"secret" is missing/ }, JSON.stringify(secret))
})

t.test('a wrong secret is refused with what is wrong with it, and never shown', async (t) => {
  const pair = (change: Partial<Record<keyof KeyPair, unknown>>): SecretOption => ({ ...ed25519, ...change }) as SecretOption
  const wrong: Array<[what: string, secret: unknown, message: RegExp]> = [
    ['short', 'x'.repeat(31), /has 31 bytes/],
    ['short bytes', new Uint8Array(16), /has 16 bytes/],
    ['a short one among others', [ONE, 'short'], /has 5 bytes/],
    ['a number', 12_345, /must be a text or bytes .* not a number$/],
    ['a number for HS256', { algorithm: 'HS256', secret: 5 }, /neither text nor bytes/],
    ['an unknown algorithm', pair({ algorithm: 'HS512' }), /unknown algorithm/],
    ['small letters', { algorithm: 'hs256', secret: ONE }, /did you mean HS256\?/],
    ['none', pair({ algorithm: 'none' }), /unknown algorithm/],
    ['an algorithm from the prototype', pair({ algorithm: 'constructor' }), /unknown algorithm/],
    ['another algorithm\'s key', pair({ algorithm: 'RS256' }), /needs a key of type rsa, not ed25519/],
    ['another curve', newPair('ES256', { namedCurve: 'P-384' }), /P-256/],
    ['a weak RSA key', newPair('RS256', { modulusLength: 1_024 }), /2048 bits/],
    ['no public key', pair({ publicKey: undefined }), /publicKey that is not a PEM key/],
    ['a broken private key', pair({ privateKey: 'broken' }), /privateKey that is not a PEM key/],
    ['a pair that is none', pair({ privateKey: newPair('EdDSA').privateKey }), /do not belong together/],
    ['no signing key first', [{ algorithm: ed25519.algorithm, publicKey: ed25519.publicKey }, ONE], /first key signs/],
    ['the same twice', [ONE, ONE], /twice/],
    ['the same kid twice', [{ algorithm: 'HS256', secret: ONE, kid: 'a' }, { algorithm: 'HS256', secret: OTHER, kid: 'a' }], /twice/],
    ['an empty kid', { algorithm: 'HS256', secret: ONE, kid: '' }, /kid/],
    ['a kid that is no text', pair({ kid: 5 }), /kid/]
  ]
  for (const [what, secret, message] of wrong) {
    try {
      resolveKeys(secret as SecretOption)
      t.fail(what)
    } catch (error) {
      t.match(error, { code: 'SESSION_OPTION_INVALID', message }, what)
      t.notMatch((error as Error).message, /PRIVATE|xxxx|broken/, `${what}: not shown`)
    }
  }
})
