/**
 * One reader for each kind of variable: absent or empty gives nothing, malformed throws an error that names the
 * variable and the remedy.
 */
import { isIP } from 'node:net'

export type Environment = Readonly<Record<string, string | undefined>>

/** A missing or malformed variable, said in one line. */
export class ConfigError extends Error {
  readonly variable: string

  constructor (variable: string, problem: string) {
    super(`${variable} ${problem}`.replace(/\s+/g, ' '))
    this.name = 'ConfigError'
    this.variable = variable
  }
}

export function fail (variable: string, problem: string): never {
  throw new ConfigError(variable, problem)
}

/** The value; an empty one counts as absent, as docker compose passes it. */
export function given (env: Environment, name: string): string | undefined {
  const value = env[name]?.trim()
  return value === '' ? undefined : value
}

export function text (env: Environment, name: string, pattern: RegExp, what: string): string | undefined {
  const value = given(env, name)
  if (value !== undefined && (!pattern.test(value) || value.includes('\0'))) fail(name, `is malformed; give ${what}`)
  return value
}

export function port (env: Environment, name: string): number | undefined {
  const value = given(env, name)
  if (value === undefined) return undefined
  if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535) {
    fail(name, 'is malformed; give a number from 0 (any free port) to 65535')
  }
  return Number(value)
}

/** A URL, whose value stays out of the message: it may hold a password. */
export function url (
  env: Environment,
  name: string,
  protocols: readonly string[],
  example: string
): string | undefined {
  const value = given(env, name)
  if (value === undefined) return undefined
  const parsed = URL.canParse(value) ? new URL(value) : undefined
  if (parsed === undefined || !protocols.includes(parsed.protocol) || !value.includes('://')) {
    fail(name, `is malformed; give a URL like ${example}`)
  }
  // An @ behind the address is a password's, and messages would show the rest of it as the host.
  if (/^[^:]+:\/\/(?:[^/?#]*\/[^?#]*@|[^/?#@]+\?.*@|[^?#]*#.*@|[^?#]*\?(?:[^#]*&)?[^=&#]*@)/s.test(value)) {
    fail(name, `can't be read; in user and password, signs like @ : / # % are written %40 %3A %2F %23 %25, as in ${example}`)
  }
  return value
}

export function allowedOrigins (env: Environment, name: string): string[] {
  return list(env, name, (origin) => {
    const ofPage = /^https?:/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin
    const ofApp = /^(?!(?:https?|wss?|ftp|file|blob|data|about|javascript):)[a-z][a-z0-9+.-]*:\/\/[^\s/\\@?#*]+$/.test(
      origin
    )
    if (!ofPage && !ofApp) {
      fail(
        name,
        `holds ${
          JSON.stringify(origin)
        }; give exact origins like https://app.example.com, separated by commas, without a path`
      )
    }
  })
}

export function proxies (env: Environment, name: string): string[] {
  return list(env, name, (entry) => {
    const [address = '', bits, ...rest] = entry.split('/')
    const longest = isIP(address) === 4 ? 32 : 128
    // Fastify refuses a network of everybody, too: then every client could write its own address.
    const isNetwork = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= longest)
    if (isIP(address) === 0 || !isNetwork || rest.length > 0) {
      fail(name, `holds ${JSON.stringify(entry)}; give networks like 10.0.0.0/8, separated by commas`)
    }
  })
}

export function files (env: Environment, name: string, pattern: RegExp, what: string): string[] {
  return list(env, name, (file) => {
    if (!pattern.test(file) || file.includes('\0')) fail(name, `is malformed; give ${what}`)
  })
}

export function mailFrom (env: Environment, name: string, required: boolean): string | undefined {
  const value = text(
    env,
    name,
    /^([^\r\n<>]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/,
    'an address like "Accounts <accounts@example.com>"'
  )
  if (value === undefined && required) {
    fail(name, 'is missing, and SMTP_URL needs it; give the address that mails come from')
  }
  return value
}

export function jsonObject (env: Environment, name: string, example: string): Record<string, unknown> {
  const value = given(env, name)
  if (value === undefined) return {}
  const parsed = parseJson(value)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    fail(name, `is malformed; give a JSON object like ${example}`)
  }
  return parsed as Record<string, unknown>
}

export function flag (env: Environment, name: string): boolean {
  const value = given(env, name)
  if (value !== undefined && value !== '0' && value !== '1') fail(name, 'is malformed; give 1, or leave it out')
  return value === '1'
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

export function logLevel (env: Environment, name: string): string | undefined {
  const value = given(env, name)
  if (value !== undefined && !LOG_LEVELS.includes(value)) {
    fail(name, `is malformed; give one of ${LOG_LEVELS.join(', ')}`)
  }
  return value
}

function list (env: Environment, name: string, check: (entry: string) => void): string[] {
  const entries = (given(env, name) ?? '').split(',').map((entry) => entry.trim()).filter((entry) => entry !== '')
  entries.forEach(check)
  return entries
}

function parseJson (value: string): unknown {
  try {
    return JSON.parse(value) as unknown
  } catch {
    return undefined
  }
}
