/** Whether a text or bytes are a key or a certificate: as a shared secret they would be known to whoever has the public part. */
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'

/** PEM of any kind, certificates and OpenSSH's private keys included; SSH2's own armour; PuTTY's files. */
const ARMOUR = /-{4,5} ?BEGIN [\w ]+-{4,5}|^PuTTY-User-Key-File/m
/** A line as in authorized_keys or id_*.pub. */
const SSH_LINE = /\b(?:ssh-|ecdsa-sha2-|sk-(?:ssh|ecdsa))[\w@.-]+\s+AAAA/
/** What such a line holds in base64: a length, and the kind of key. */
const SSH_BLOB = /^\0\0\0.(?:ssh-|ecdsa-sha2-|sk-(?:ssh|ecdsa))/s
/** A JWK, or a set of them; in JSON that is a text of some other JSON, too. */
const JWK = /"kty\\?"\s*:/
const BASE64 = /^[\w+/-]+={0,2}$/
const HEX = /^(?:[\da-f]{2})+$/i

/** Looks at the bytes themselves, and at what they are the base64 or hex of: variables often hold keys that way. */
export function isKeyMaterial (bytes: Buffer): boolean {
  if (isKey(bytes)) return true
  const text = bytes.toString('latin1').replace(/^\xef\xbb\xbf|\s+/g, '')
  return (HEX.test(text) && isKey(Buffer.from(text, 'hex'))) || (BASE64.test(text) && isKey(Buffer.from(text, 'base64')))
}

function isKey (bytes: Buffer): boolean {
  // Without the zeros of UTF-16.
  const text = bytes.toString('latin1').replaceAll('\0', '')
  return ARMOUR.test(text) || SSH_LINE.test(text) || SSH_BLOB.test(bytes.toString('latin1')) || JWK.test(text) || isDer(bytes)
}

function isDer (key: Buffer): boolean {
  const SEQUENCE = 0x30
  if (key[0] !== SEQUENCE) return false
  return [
    () => createPublicKey({ key, format: 'der', type: 'spki' }),
    () => createPublicKey({ key, format: 'der', type: 'pkcs1' }),
    () => createPrivateKey({ key, format: 'der', type: 'pkcs8' }),
    () => createPrivateKey({ key, format: 'der', type: 'pkcs1' }),
    () => createPrivateKey({ key, format: 'der', type: 'sec1' }),
    () => new X509Certificate(key)
  ].some(parses)
}

function parses (parse: () => unknown): boolean {
  try {
    parse()
    return true
  } catch (error) {
    // It is one, but encrypted.
    return error instanceof Error && 'code' in error && error.code === 'ERR_MISSING_PASSPHRASE'
  }
}
