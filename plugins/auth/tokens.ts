/**
 * Session tokens, signed and verified with @fastify/jwt: one private namespace a key, in a scope that the app never
 * sees.
 */
import { randomUUID } from 'node:crypto'
import jwt, { type JWT } from '@fastify/jwt'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import type { TokenClaims } from '../../src/admission/session-record.ts'
import { CallInvalid, TokenInvalid } from '../../src/errors.ts'
import type { TokenKey } from '../../src/options/keys.ts'
import type { TokenContent } from '../../src/session/login-request.ts'
import { inScope } from '../in-scope.ts'

export interface Tokens {
  sign: (content: TokenContent) => string
  /**
   * Throws SESSION_TOKEN_INVALID. Whether it is past its end is another question, which this node's clock can't answer.
   */
  verify: (token: string) => TokenClaims
}

export interface TokenOptions {
  keys: readonly [TokenKey, ...TokenKey[]]
  issuer: string
  audience: string
}

/** A cookie holds 4,096 bytes; a longer token is not one of ours. */
export const MAX_TOKEN_CHARACTERS = 3_900
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const OWN_CLAIMS = new Set(['sub', 'session_id', 'iat', 'exp', 'iss', 'aud'])

export async function createTokens (app: FastifyInstance, { keys, issuer, audience }: TokenOptions): Promise<Tokens> {
  const verifiers: Array<TokenHeader & { jwt: JWT }> = []
  await app.register(inScope<FastifyPluginAsync>('tokens', async (scope) => {
    for (const key of keys) {
      verifiers.push({ kid: key.kid, alg: key.algorithm, jwt: await registerKey(scope, key, { issuer, audience }) })
    }
  }))
  const signer = (verifiers[0] as { jwt: JWT }).jwt

  /** The key that the token names; without a name, those of its algorithm. */
  function candidates (token: string): JWT[] {
    const header = headerOf(token)
    return verifiers
      .filter(({ kid, alg }) => header !== null && (header.kid === undefined ? alg === header.alg : kid === header.kid))
      .map(({ jwt }) => jwt)
  }

  return {
    sign (content) {
      const token = signed(signer, content)
      if (token.length > MAX_TOKEN_CHARACTERS) {
        throw new CallInvalid(`the token would have ${token.length} characters, ` +
          `and ${MAX_TOKEN_CHARACTERS} fit into a cookie; give fewer or smaller claims`)
      }
      return token
    },
    verify (token) {
      if (token.length > MAX_TOKEN_CHARACTERS || !isCanonical(token)) throw new TokenInvalid()
      for (const verifier of candidates(token)) {
        const payload = verified(verifier, token)
        if (payload !== null) return readClaims(payload)
      }
      throw new TokenInvalid()
    }
  }
}

/** One key, one namespace: its verifier knows one algorithm, so a token can't choose another. */
async function registerKey (
  scope: FastifyInstance, key: TokenKey, { issuer, audience }: Omit<TokenOptions, 'keys'>
): Promise<JWT> {
  const namespace = `liveSessions-${randomUUID()}`
  await scope.register(jwt, {
    namespace,
    decoratorName: `${namespace}-token`,
    secret: { private: key.signingKey as string, public: key.verifyingKey as string },
    sign: { algorithm: key.algorithm, kid: key.kid, iss: issuer, aud: audience },
    verify: {
      ignoreExpiration: true,
      algorithms: [key.algorithm],
      allowedIss: issuer,
      allowedAud: audience,
      requiredClaims: [...OWN_CLAIMS]
    }
  })
  return (scope.jwt as unknown as Record<string, JWT>)[namespace] as JWT
}

/** What JSON can't hold (a bigint, a circle) is a wrong call, not a failure of ours. */
function signed (signer: JWT, content: TokenContent): string {
  try {
    return signer.sign(content)
  } catch (cause) {
    const [why] = String((cause as Error).message).split('\n', 1)
    throw Object.assign(new CallInvalid(`claims can't be written into a token: ${why}`), { cause })
  }
}

/** What the token says; null when it is not one of this key's. */
function verified (verifier: JWT, token: string): Record<string, unknown> | null {
  try {
    return verifier.verify<Record<string, unknown>>(token)
  } catch {
    return null
  }
}

/**
 * A token has one text: decoders take others for the same, with bits that mean nothing, padding, blanks, or base64's
 * own alphabet.
 */
function isCanonical (token: string): boolean {
  const parts = token.split('.')
  return parts.length === 3 && parts.every((part) => {
    return part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part
  })
}

interface TokenHeader {
  alg: unknown
  /** Undefined where the header has none. */
  kid: unknown
}

/** What the header says, or null; nothing of it is trusted but which keys to try. */
function headerOf (token: string): TokenHeader | null {
  try {
    const header: unknown = JSON.parse(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString('utf8'))
    return typeof header === 'object' && header !== null ? { alg: undefined, kid: undefined, ...header } : null
  } catch {
    return null
  }
}

function readClaims (payload: Record<string, unknown>): TokenClaims {
  const { sub, session_id: sessionId, iat, exp } = payload
  if (typeof sub !== 'string' || typeof sessionId !== 'string' || !UUID.test(sessionId)) throw new TokenInvalid()
  if (typeof iat !== 'number' || !Number.isSafeInteger(iat)) throw new TokenInvalid()
  if (typeof exp !== 'number' || !Number.isSafeInteger(exp)) throw new TokenInvalid()
  const claims: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(payload)) {
    if (!OWN_CLAIMS.has(name)) Object.defineProperty(claims, name, { value, enumerable: true })
  }
  return { userId: sub, sessionId, issuedAt: iat * 1_000, expiresAt: exp * 1_000, claims }
}
