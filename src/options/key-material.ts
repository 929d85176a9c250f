/**
 * Whether a text or bytes are a key or a certificate: as a shared secret they would be known to whoever has the public
 * part.
 */
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'

/** PEM of any kind, certificates and OpenSSH's private keys included; SSH2's own armour; PuTTY's files. */
const ARMOUR = /-{4,5} ?BEGIN [\w ]+-{4,5}|^PuTTY-User-Key-File/m
/** A line as in authorized_keys or id_*.pub. */
const SSH_LINE = /\b(?:ssh-|ecdsa-sha2-|sk-(?:ssh|ecdsa))[\w@.-]+\s+AAAA/
/** What such a line holds in base64: a length, and the kind of key. */
const SSH_BLOB = /^\0\0\0.(?:ssh-|ecdsa-sha2-|sk-(?:ssh|ecdsa))/s
/** A JWK, or a set of them; in JSON that is a text of some other JSON, and as Python prints it, too. */
const JWK = /["']kty\\*["']\s*:/
const BASE64 = /^[\w+/-]+={0,2}$/
const HEX = /^(?:[\da-f]{2})+$/i
/**
 * What a variable, a configuration or a tool puts around or between: quotes, line ends as text, `base64:`,
 * `data:…;base64,`, `0x`, colons.
 */
const WRITTEN_AROUND = /^\xef\xbb\xbf|^["'`]*(?:base64:|data:[\w/+.;=-]*;base64,|0x)|\\+[nrt]|[\s"'`\0]+/gi
const UNICODE_ESCAPE = /\\+u00([\da-f]{2})/gi
/** Base64 of base64, say. Each layer is smaller than the one around it. */
const MAX_LAYERS = 4

/**
 * Looks at the bytes themselves, and at what they are the base64, hex or URL encoding of, in layers: variables often
 * hold keys that way.
 */
export function isKeyMaterial (bytes: Buffer, layers = MAX_LAYERS): boolean {
  return isKey(bytes) || (layers > 0 && withinOf(bytes).some((inner) => isKeyMaterial(inner, layers - 1)))
}

function withinOf (bytes: Buffer): Buffer[] {
  const written = bytes.toString('latin1')
  const unescaped = written.replace(UNICODE_ESCAPE, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))).replace(
    /%([\da-f]{2})/gi,
    (_, hex: string) => String.fromCharCode(parseInt(hex, 16))
  )
  if (unescaped !== written) {
    return [Buffer.from(unescaped, 'latin1'), Buffer.from(unescaped.replaceAll('+', ' '), 'latin1')]
  }
  const text = written.replace(WRITTEN_AROUND, '')
  const hex = text.replaceAll(':', '')
  return [
    ...(HEX.test(hex) ? [Buffer.from(hex, 'hex')] : []),
    ...(BASE64.test(text) ? [Buffer.from(text, 'base64')] : [])
  ]
}

function isKey (bytes: Buffer): boolean {
  // Without the zeros of UTF-16.
  const text = bytes.toString('latin1').replaceAll('\0', '')
  return ARMOUR.test(text) || SSH_LINE.test(text) || SSH_BLOB.test(bytes.toString('latin1')) || JWK.test(text) ||
    isDer(bytes)
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
