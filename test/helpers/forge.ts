/** Tokens that nobody should get: built by hand, so that every part of them can be wrong. */
import { createHmac, createPrivateKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import type { KeyPair } from '../../plugins/index.ts'

export type Claims = Record<string, unknown>

export interface Parts {
  header: Claims
  payload: Claims
}

const HASHES: Record<string, string> = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' }

/** Signs whatever it is given, by the algorithm that `by` names. Without a key the signature is empty. */
export function forge (header: unknown, payload: unknown, key?: string | KeyObject, by = 'HS256'): string {
  const content = `${encode(header)}.${encode(payload)}`
  return `${content}.${key === undefined ? '' : signature(content, key, by)}`
}

/** A text goes in as it is, anything else as JSON. */
function encode (part: unknown): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')
}

function signature (content: string, key: string | KeyObject, by: string): string {
  const hash = HASHES[by]
  if (hash !== undefined) return createHmac(hash, key).update(content).digest('base64url')
  const privateKey = typeof key === 'string' ? createPrivateKey(key) : key
  return sign(by === 'RS256' ? 'sha256' : null, Buffer.from(content), privateKey).toString('base64url')
}

export function decode (token: string): Parts {
  const [header, payload] = token.split('.', 2).map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Claims)
  return { header: header ?? {}, payload: payload ?? {} }
}

export type NewPair = Required<Omit<KeyPair, 'kid'>>

/** A new key pair in PEM; `options` makes one that is not good enough. */
export function newPair (algorithm: KeyPair['algorithm'], options: { namedCurve?: string, modulusLength?: number } = {}): NewPair {
  const encoding = { publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } }
  const generate = generateKeyPairSync as unknown as (type: string, options: object) => { publicKey: string, privateKey: string }
  return { algorithm, ...generate({ EdDSA: 'ed25519', ES256: 'ec', RS256: 'rsa' }[algorithm], { namedCurve: 'P-256', modulusLength: 2_048, ...options, ...encoding }) }
}
