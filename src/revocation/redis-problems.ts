/** What is wrong with Redis, in words that somebody new can act on; and whether waiting could help. */
import { UNTRUSTED_CERTIFICATE } from '../untrusted-certificate.ts'

export interface RedisProblem {
  /** In words, with the place, without the password. */
  what: string
  remedy: string
  /** Redis has answered, and will not have us: no waiting mends that. */
  refused: boolean
}

interface Failure {
  code: string
  message: string
}
type Rule = readonly [
  matches: (failure: Failure) => boolean,
  what: (failure: Failure) => string,
  remedy: string,
  refused?: true
]

const OPTION = 'option "redis"'
const URL = `${OPTION}: redis://user:password@host:6379`

const RULES: readonly Rule[] = [
  [says(/^NOAUTH|called without any password|no password/i), () => 'wants a password', `write it into ${URL}`, true],
  [
    says(/^WRONGPASS|invalid password|invalid username/i),
    () => 'refuses the password',
    `correct user and password in ${URL}; signs like @ : / in a password are written %40 %3A %2F`,
    true
  ],
  [
    says(/^NOPERM/),
    ({ message }) => `does not give the user all rights (${message})`,
    'acl setuser <user> +ping +info +select +publish +subscribe +unsubscribe resetchannels &<redisPrefix>:*',
    true
  ],
  [
    // Messages come through all the same; but what was meant is not there, and nobody would hear of it again.
    says(/DB index is out of range|invalid DB index/i),
    () => 'has no database of that number',
    `correct the number at the end of ${OPTION}, as in redis://host:6379/0 (Redis has 16, from 0, unless it is configured otherwise)`,
    true
  ],
  [
    says(/wrong version number|packet length too long|EPROTO/i),
    () => 'speaks no TLS, which rediss:// asks for',
    `write redis:// into ${OPTION}, or switch TLS on in Redis`,
    true
  ],
  [
    codes(...UNTRUSTED_CERTIFICATE),
    ({ code }) => `has a TLS certificate that this machine does not trust (${code})`,
    'give an ioredis instance with the TLS options that you need: new Redis(url, { tls: { ca } })',
    true
  ],
  [
    says(/Protocol error|ERR_INVALID_PROTOCOL/i),
    () => 'does not speak like Redis: something else listens there',
    `correct host and port in ${OPTION}`,
    true
  ],
  [
    codes('HANGS_UP'),
    () => 'closes each connection at the first command: something else may listen there',
    `correct host and port in ${OPTION}; where Redis wants TLS, write rediss://`,
    true
  ],
  [
    codes('ECONNREFUSED'),
    () => 'does not answer: nothing listens there (ECONNREFUSED)',
    `start Redis, or correct host and port in ${OPTION}`
  ],
  [
    codes('ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA'),
    () => 'is unknown: its host name has no address',
    `correct the host in ${OPTION}`
  ],
  [codes('ENOENT', 'EACCES'), ({ code }) => `can not be opened (${code})`, `correct the socket's path in ${OPTION}`],
  [says(/max number of clients/i), () => 'has no connection left for us', 'raise its maxclients'],
  [says(/LOADING|MASTERDOWN/), () => 'is just starting', 'wait until it is ready']
]

/** Where Redis is, and whether we speak TLS there. */
export interface RedisAddress { place: string, tls: boolean }

/**
 * `error` is what the driver last said; null: it said nothing, the connection was closed, or nothing came through any
 * more.
 */
export function redisProblem (error: unknown, { place, tls }: RedisAddress): RedisProblem {
  const failure = failureOf(error)
  const [, what, remedy, refused = false] = RULES.find(([matches]) => matches(failure)) ?? unknown(failure, tls)
  return { what: `Redis at ${place} ${what(failure)}`, remedy, refused }
}

function unknown ({ code, message }: Failure, tls: boolean): Rule {
  if (message === '') {
    return [() => true, () =>
      'closed the connection', `look whether it runs; where it wants TLS, write rediss:// into ${OPTION}`]
  }
  // A Redis without TLS waits for the rest of what it takes for a command.
  if ((code === 'ETIMEDOUT' || code === 'SILENT') && tls) {
    return [
      () => true,
      () => 'does not answer',
      `where Redis speaks no TLS, which rediss:// asks for, write redis:// into ${OPTION}; else look whether it runs there, and whether a firewall is in between`
    ]
  }
  if (code === 'ETIMEDOUT' || code === 'SILENT') {
    return [
      () => true,
      () => 'does not answer',
      `look whether it runs there, whether a firewall is in between, and at host and port in ${OPTION}`
    ]
  }
  return [() => true, () => `failed: ${message}`, `look at ${OPTION}, and at Redis's log`]
}

function codes (...known: readonly string[]): Rule[0] {
  return ({ code }) => known.includes(code)
}

function says (words: RegExp): Rule[0] {
  return ({ code, message }) => words.test(message) || words.test(code)
}

function failureOf (error: unknown): Failure {
  if (error instanceof AggregateError && error.errors.length > 0) return failureOf(error.errors[0])
  if (!(error instanceof Error)) return { code: '', message: '' }
  const { code = '' } = error as { code?: unknown }
  return { code: String(code), message: error.message.split('\n', 1)[0] ?? '' }
}
