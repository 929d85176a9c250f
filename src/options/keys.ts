/**
 * Which keys sign and verify: tokens (one key signs, all verify, told apart by `kid`) and bus messages (derived by
 * HKDF).
 */
import { createHash, createPrivateKey, createPublicKey, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { OptionInvalid, SecretMissing } from '../errors.ts'
import { isKeyMaterial } from './key-material.ts'
import { checkNames, kindOf } from './values.ts'

export const MIN_SECRET_BYTES = 32

/** A shared secret for HS256, at least 32 bytes. */
export type SharedSecret = string | Uint8Array

/** A key pair in PEM. Without `privateKey` the key only verifies (a retired one). */
export interface KeyPair {
  algorithm: 'EdDSA' | 'ES256' | 'RS256'
  publicKey: string
  privateKey?: string
  /** Key id in the token's header. @default a fingerprint of the public key */
  kid?: string
}

/** A shared secret with a key id of its own. */
export interface NamedSecret {
  algorithm: 'HS256'
  secret: SharedSecret
  kid?: string
}

export type SecretOption = SharedSecret | NamedSecret | KeyPair

/** One key as @fastify/jwt takes it. */
export interface TokenKey {
  kid: string
  algorithm: 'HS256' | KeyPair['algorithm']
  /** Absent where the key only verifies. */
  signingKey?: string | Buffer
  verifyingKey: string | Buffer
}

export interface Keys {
  /** The first one signs; all verify. */
  tokens: [TokenKey, ...TokenKey[]]
  /** HMAC keys of the bus; the first one signs, all verify. */
  bus: [KeyObject, ...KeyObject[]]
  /** HMAC keys of device ids; likewise. */
  device: [KeyObject, ...KeyObject[]]
  /** HMAC keys of the links in notices; likewise. */
  report: [KeyObject, ...KeyObject[]]
}

/**
 * Checks the `secret` option and derives every key from it. Throws `SESSION_SECRET_MISSING` or
 * `SESSION_OPTION_INVALID`.
 */
export function resolveKeys (option: SecretOption | readonly SecretOption[] | undefined): Keys {
  const list = (Array.isArray(option) ? option : [option]) as Array<SecretOption | undefined>
  if (list.length === 0 || list.some(isMissing)) throw new SecretMissing()
  const tokens = (list as SecretOption[]).map(resolveTokenKey)
  const [first, ...others] = tokens
  if (first?.signingKey === undefined) {
    throw new OptionInvalid(
      'secret',
      'starts with a key that can only verify; the first key signs and needs its privateKey'
    )
  }
  if (new Set(tokens.map((key) => key.kid)).size !== tokens.length) {
    throw new OptionInvalid('secret', 'holds the same key (or kid) twice')
  }
  const derived = (purpose: string): [KeyObject, ...KeyObject[]] =>
    tokens.flatMap((key) => key.signingKey === undefined ? [] : [createSecretKey(hkdf(key.signingKey, purpose))]) as [
      KeyObject,
      ...KeyObject[]
    ]
  return { tokens: [first, ...others], bus: derived('bus'), device: derived('device'), report: derived('report') }
}

function isMissing (entry: unknown): boolean {
  if (entry === undefined || entry === null || entry === '') return true
  return typeof entry === 'object' && 'algorithm' in entry && entry.algorithm === 'HS256' &&
    isMissing((entry as NamedSecret).secret)
}

const SECRET =
  `a text or bytes (at least ${MIN_SECRET_BYTES} random ones), or a key pair {algorithm, publicKey, privateKey}, or a list of those`

function resolveTokenKey (entry: SecretOption): TokenKey {
  if (typeof entry === 'string' || entry instanceof Uint8Array) return sharedKey(entry)
  if (typeof entry !== 'object') throw new OptionInvalid('secret', `must be ${SECRET}, not ${kindOf(entry)}`)
  checkNames('secret', entry, ['algorithm', 'kid', 'secret', 'publicKey', 'privateKey'])
  if (entry.kid !== undefined && (typeof entry.kid !== 'string' || entry.kid === '')) {
    throw new OptionInvalid('secret', 'has a kid that is not a text, or an empty one')
  }
  if (entry.algorithm === 'HS256') return sharedKey(entry.secret, entry.kid)
  return pairKey(entry)
}

function sharedKey (secret: SharedSecret, kid?: string): TokenKey {
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array)) {
    throw new OptionInvalid('secret', `is neither text nor bytes: it is ${kindOf(secret)}`)
  }
  const key = Buffer.from(secret as string)
  if (key.length < MIN_SECRET_BYTES) {
    throw new OptionInvalid(
      'secret',
      `is too short: it has ${key.length} bytes; HS256 needs at least ${MIN_SECRET_BYTES} random ones (for example from: openssl rand -base64 48)`
    )
  }
  if (isKeyMaterial(key)) {
    throw new OptionInvalid(
      'secret',
      'has a key or a certificate (PEM, DER, JWK or SSH) as a shared secret, and whoever knows its public part could sign tokens; give a pair as {algorithm, publicKey, privateKey}, a retired one without its privateKey, and for HS256 random bytes (for example from: openssl rand -base64 48)'
    )
  }
  return { kid: kid ?? fingerprint(hkdf(key, 'kid')), algorithm: 'HS256', signingKey: key, verifyingKey: key }
}

const MIN_RSA_BITS = 2_048
const ALGORITHMS = ['HS256', 'EdDSA', 'ES256', 'RS256']
const KEY_TYPES = { EdDSA: 'ed25519', ES256: 'ec', RS256: 'rsa' } as const

function pairKey (pair: KeyPair): TokenKey {
  const expected = KEY_TYPES[pair.algorithm]
  if (!Object.hasOwn(KEY_TYPES, pair.algorithm)) {
    const near = typeof pair.algorithm === 'string'
      ? ALGORITHMS.find((name) => name.toLowerCase() === String(pair.algorithm).toLowerCase())
      : undefined
    throw new OptionInvalid(
      'secret',
      `has an unknown algorithm; ${near === undefined ? 'use HS256, EdDSA, ES256 or RS256' : `did you mean ${near}?`}`
    )
  }
  const publicKey = parsePem('publicKey', () => createPublicKey(pair.publicKey))
  const privateKey = pair.privateKey === undefined
    ? undefined
    : parsePem('privateKey', () => createPrivateKey(pair.privateKey as string))
  if (
    publicKey.asymmetricKeyType !== expected || (privateKey !== undefined && privateKey.asymmetricKeyType !== expected)
  ) {
    throw new OptionInvalid(
      'secret',
      `says ${pair.algorithm}, which needs a key of type ${expected}, not ${publicKey.asymmetricKeyType}`
    )
  }
  const { namedCurve, modulusLength = 0 } = publicKey.asymmetricKeyDetails ?? {}
  if (expected === 'ec' && namedCurve !== 'prime256v1') {
    throw new OptionInvalid('secret', `says ES256, which needs the curve P-256, not ${namedCurve}`)
  }
  if (expected === 'rsa' && modulusLength < MIN_RSA_BITS) {
    throw new OptionInvalid(
      'secret',
      `has an RSA key of ${modulusLength} bits; RS256 needs at least ${MIN_RSA_BITS} bits`
    )
  }
  const der = publicKey.export({ type: 'spki', format: 'der' })
  if (privateKey !== undefined && !createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).equals(der)) {
    throw new OptionInvalid('secret', 'holds a privateKey and a publicKey that do not belong together')
  }
  return {
    kid: pair.kid ?? fingerprint(der),
    algorithm: pair.algorithm,
    verifyingKey: publicKey.export({ type: 'spki', format: 'pem' }),
    ...(privateKey === undefined ? {} : { signingKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) })
  }
}

function parsePem (field: string, parse: () => KeyObject): KeyObject {
  try {
    return parse()
  } catch {
    throw new OptionInvalid('secret', `has a ${field} that is not a PEM key`)
  }
}

function fingerprint (bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 11)
}

function hkdf (key: string | Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, 'fastify-live-sessions', purpose, 32))
}
