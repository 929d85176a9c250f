/** A key or a certificate is no shared secret (R19, A2): in a list with its own pair, whoever has the public key could forge tokens. */
import { execFileSync } from 'node:child_process'
import { createPrivateKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { resolveKeys, type SecretOption } from '../../src/options/keys.ts'

const REFUSED = { code: 'SESSION_OPTION_INVALID', message: /"secret" has a key or a certificate.*publicKey/ }
const pairs = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2_048 }),
  ec: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ed25519: generateKeyPairSync('ed25519')
}

/** Every form in which these keys are written. */
function formsOf (name: keyof typeof pairs): Record<string, string | Buffer> {
  const { publicKey, privateKey } = pairs[name] as { publicKey: KeyObject, privateKey: KeyObject }
  const forms: Record<string, string | Buffer> = {
    spki: publicKey.export({ type: 'spki', format: 'der' }),
    'spki pem': publicKey.export({ type: 'spki', format: 'pem' }),
    pkcs8: privateKey.export({ type: 'pkcs8', format: 'der' }),
    'pkcs8 pem': privateKey.export({ type: 'pkcs8', format: 'pem' }),
    'encrypted pkcs8': privateKey.export({ type: 'pkcs8', format: 'der', cipher: 'aes-256-cbc', passphrase: 'x' }),
    'encrypted pkcs8 pem': privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }),
    'public jwk': JSON.stringify(publicKey.export({ format: 'jwk' })),
    'private jwk': JSON.stringify(privateKey.export({ format: 'jwk' }), null, 2),
    'jwk set': JSON.stringify({ keys: [publicKey.export({ format: 'jwk' })] })
  }
  if (name === 'rsa') {
    forms['pkcs1'] = publicKey.export({ type: 'pkcs1', format: 'der' })
    forms['private pkcs1'] = privateKey.export({ type: 'pkcs1', format: 'der' })
    forms['private pkcs1 pem'] = privateKey.export({ type: 'pkcs1', format: 'pem' })
  }
  if (name === 'ec') forms['sec1'] = privateKey.export({ type: 'sec1', format: 'der' })
  return forms
}

/** The same, as variables and files hold it. */
function writingsOf (form: string | Buffer): Array<string | Buffer> {
  const bytes = Buffer.from(form as string)
  const base64 = bytes.toString('base64')
  const encoded = [base64, bytes.toString('base64url'), bytes.toString('hex'), ` ${base64.replace(/.{64}/g, '$&\n')}\n`]
  const texts = typeof form === 'string' ? [form, `\n\t ${form}`, `\ufeff${form}`, form.replaceAll('\n', '\\n'), Buffer.from(form, 'utf16le')] : [form]
  return [...texts, ...encoded, ...encoded.map((text) => Buffer.from(text)), new Uint8Array(bytes) as Buffer]
}

const asSecrets = (value: string | Buffer): Array<SecretOption | SecretOption[]> =>
  [value, { algorithm: 'HS256', secret: value }, [randomBytes(48).toString('base64'), value], [randomBytes(48), { algorithm: 'HS256', secret: value, kid: 'old' }]]

for (const name of ['rsa', 'ec', 'ed25519'] as const) {
  t.test(`a key is no shared secret, in whatever form and writing: ${name}`, async (t) => {
    for (const [form, value] of Object.entries(formsOf(name))) {
      for (const [index, writing] of writingsOf(value).entries()) for (const secret of asSecrets(writing)) t.throws(() => resolveKeys(secret), REFUSED, `${form}, writing ${index}`)
    }
  })
}

t.test('nor are what ssh-keygen and openssl write: OpenSSH keys, lines of authorized_keys, certificates', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'keys-'))
  t.teardown(() => { rmSync(folder, { recursive: true }) })
  const pem = join(folder, 'key.pem')
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', pem, '-out', join(folder, 'cert.pem'), '-subj', '/CN=test', '-days', '1'], { stdio: 'ignore' })
  execFileSync('openssl', ['x509', '-in', join(folder, 'cert.pem'), '-outform', 'der', '-out', join(folder, 'cert.der')])
  const certificate = readFileSync(join(folder, 'cert.pem'), 'utf8')
  // As ssh-keygen writes them, of the same bytes: an Ed25519 key's public line.
  const raw = Buffer.from((pairs.ed25519.publicKey.export({ format: 'jwk' }) as { x: string }).x, 'base64url')
  const text = (value: string | Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, value.length]), Buffer.from(value as string)])
  const line = `ssh-ed25519 ${Buffer.concat([text('ssh-ed25519'), text(raw)]).toString('base64')} somebody@example.com`
  const openssh = `-----BEGIN OPENSSH PRIVATE KEY-----\n${randomBytes(200).toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`
  for (const value of [certificate, readFileSync(join(folder, 'cert.der')), readFileSync(pem, 'utf8'), line, `restrict,no-pty ${line}`, Buffer.from(line.split(' ')[1] as string, 'base64'), openssh]) {
    for (const writing of writingsOf(value)) for (const secret of asSecrets(writing)) t.throws(() => resolveKeys(secret), REFUSED, value.toString('latin1').slice(0, 40))
  }
})

t.test('nor what variables, configurations and tools make of them', async (t) => {
  for (const name of ['rsa', 'ec', 'ed25519'] as const) {
    const { publicKey } = pairs[name]
    const [pem, der, jwk] = [publicKey.export({ type: 'spki', format: 'pem' }) as string, publicKey.export({ type: 'spki', format: 'der' }), JSON.stringify(publicKey.export({ format: 'jwk' }))]
    const [base64, body] = [Buffer.from(pem).toString('base64'), pem.split('\n').slice(1, -2)]
    const hex = der.toString('hex')
    const writings = {
      'in quotes': [`"${base64}"`, `'${base64}'`, `"${der.toString('base64')}"`, `"${body.join('')}"`, `"'${base64}'"`],
      'line ends as text': [body.join('\\n'), `${base64}\\n`, `"${base64}\\r\\n"`, `${der.toString('base64')}\\n`],
      twice: [Buffer.from(base64).toString('base64'), Buffer.from(`${base64}\n`).toString('base64'), Buffer.from(hex).toString('base64')],
      prefixed: [`base64:${base64}`, `"base64:${base64}"`, `data:application/x-pem-file;base64,${base64}`, `data:;base64,${der.toString('base64')}`],
      'URL-encoded': [encodeURIComponent(pem), encodeURIComponent(base64), encodeURIComponent(jwk), encodeURIComponent(pem).replaceAll('%20', '+')],
      hex: [`0x${hex}`, `0X${hex.toUpperCase()}`, hex.replace(/..(?=.)/g, '$&:'), hex.replace(/.{30}/g, '$&:\n    ')],
      'a JWK': [jwk.replaceAll('"', "'"), jwk.replaceAll('"', '\\"'), JSON.stringify(JSON.stringify(jwk)), jwk.replace('kty', 'k\\u0074y'), Buffer.from(jwk).toString('base64')]
    }
    for (const [kind, values] of Object.entries(writings)) for (const [index, value] of values.entries()) t.throws(() => resolveKeys(value), REFUSED, `${name}, ${kind}, ${index}`)
  }
})

t.test('random secrets pass in every writing, and so does a pair', async (t) => {
  for (let index = 0; index < 200; index++) {
    const bytes = randomBytes(32 + index)
    if (index % 4 === 0) bytes[0] = 0x30
    for (const secret of [bytes, bytes.toString('base64'), bytes.toString('base64url'), bytes.toString('hex'), `${bytes.toString('base64')}\n`]) t.ok(resolveKeys(secret))
  }
  for (const secret of ['a secret of the tests, long enough for HS256', '{"a": "JSON text, but no key at all in it"}', 'MII this only looks like it, being long enough']) t.ok(resolveKeys(secret))
  const [publicKey, privateKey] = [pairs.rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string, createPrivateKey(pairs.rsa.privateKey.export({ type: 'pkcs8', format: 'pem' })).export({ type: 'pkcs8', format: 'pem' }) as string]
  t.ok(resolveKeys([{ algorithm: 'RS256', publicKey, privateKey }, randomBytes(48)]))
  t.throws(() => resolveKeys([{ algorithm: 'RS256', publicKey, privateKey }, publicKey]), REFUSED, 'but not with its own public key as a text')
  t.throws(() => resolveKeys(pairs.rsa.publicKey as unknown as SecretOption), { code: 'SESSION_OPTION_INVALID' })
})
