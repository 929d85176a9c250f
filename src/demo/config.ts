/** What the environment says: every variable of the demo, checked once, in one pure function. */
import {
  allowedOrigins,
  type Environment,
  fail,
  files,
  flag,
  given,
  jsonObject,
  logLevel,
  mailFrom,
  port,
  proxies,
  text,
  url,
  ConfigError
} from './variables.ts'

export { ConfigError }

/** Every variable the demo reads, beside NODE_ENV. */
export const VARIABLES: readonly string[] = [
  'HOST', 'PORT', 'DATABASE_URL', 'DATA_DIR', 'REDIS_URL', 'JWT_SECRET', 'ALLOWED_ORIGINS', 'TRUST_PROXY',
  'SMTP_URL', 'MAIL_FROM', 'GEOIP_DATABASE', 'SESSION_OPTIONS', 'DEMO_OPEN_LOGIN', 'LOG_LEVEL'
]

/** The DATA_DIR that keeps the embedded database in memory. */
export const IN_MEMORY = 'memory://'
const MIN_SECRET_BYTES = 32

export interface DemoConfig {
  host: string
  port: number
  production: boolean
  /** Absent: the embedded database in `dataDir`. */
  databaseUrl: string | undefined
  dataDir: string
  redisUrl: string | undefined
  /** Absent: a random one, kept in `dataDir`. */
  jwtSecret: string | undefined
  allowedOrigins: string[]
  /** Addresses and networks whose X-Forwarded-* headers are believed. */
  trustProxy: string[]
  smtpUrl: string | undefined
  mailFrom: string | undefined
  /** `.mmdb` files; none: no places. */
  geoipDatabases: string[]
  /** Merged into the plugin's options. */
  sessionOptions: Record<string, unknown>
  openLogin: boolean
  logLevel: string
}

/**
 * Reads the configuration. Throws a {@link ConfigError} that names the variable and the remedy; it never shows a value
 * that may be secret.
 */
export function readConfig (env: Environment): DemoConfig {
  const production = env['NODE_ENV'] === 'production'
  const databaseUrl = url(env, 'DATABASE_URL', ['postgres:', 'postgresql:'], 'postgres://user:password@host:5432/name')
  const smtpUrl = url(env, 'SMTP_URL', ['smtp:', 'smtps:'], 'smtp://user:password@host:587')
  return {
    production,
    databaseUrl,
    smtpUrl,
    host: text(env, 'HOST', /^[\w.:%-]{1,255}$/, 'a host name or an address, for example 127.0.0.1') ?? '127.0.0.1',
    port: port(env, 'PORT') ?? 3000,
    dataDir: dataDir(env),
    redisUrl: url(env, 'REDIS_URL', ['redis:', 'rediss:'], 'redis://host:6379'),
    jwtSecret: jwtSecret(env, production, databaseUrl !== undefined),
    allowedOrigins: allowedOrigins(env, 'ALLOWED_ORIGINS'),
    trustProxy: proxies(env, 'TRUST_PROXY'),
    mailFrom: mailFrom(env, 'MAIL_FROM', smtpUrl !== undefined),
    geoipDatabases: files(
      env,
      'GEOIP_DATABASE',
      /\.mmdb$/,
      'the path of an .mmdb file, or several, separated by commas'
    ),
    sessionOptions: jsonObject(env, 'SESSION_OPTIONS', '{"idleTimeoutMs":600000}'),
    openLogin: openLogin(env, production),
    logLevel: logLevel(env, 'LOG_LEVEL') ?? 'info'
  }
}

function dataDir (env: Environment): string {
  const value = given(env, 'DATA_DIR') ?? '.data'
  if (value.includes('\0')) fail('DATA_DIR', 'is not a path; give a folder that this process may write to')
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(value) && value !== IN_MEMORY) {
    fail('DATA_DIR', `is not a folder; give a path, or ${IN_MEMORY} to keep nothing`)
  }
  return value
}

function jwtSecret (env: Environment, production: boolean, ownDatabase: boolean): string | undefined {
  const remedy =
    `at least ${MIN_SECRET_BYTES} random bytes, the same on every node, for example from: openssl rand -base64 48`
  const value = given(env, 'JWT_SECRET')
  if (value === undefined) {
    if (production) fail('JWT_SECRET', `is missing, and NODE_ENV=production needs it; give ${remedy}`)
    if (ownDatabase) fail('JWT_SECRET', `is missing, and DATABASE_URL needs it; give ${remedy}`)
    return undefined
  }
  const bytes = Buffer.byteLength(value)
  if (bytes < MIN_SECRET_BYTES) fail('JWT_SECRET', `has ${bytes} bytes; give ${remedy}`)
  return value
}

function openLogin (env: Environment, production: boolean): boolean {
  const open = flag(env, 'DEMO_OPEN_LOGIN')
  if (open && production) {
    fail('DEMO_OPEN_LOGIN', 'lets anybody in and is refused with NODE_ENV=production; leave it out')
  }
  return open
}
