/** Why a start failed, in one line that names the variable to look at. */
import { ConfigError, type DemoConfig } from './config.ts'

interface Failure {
  code?: unknown
  message?: unknown
  cause?: unknown
  errors?: unknown
  syscall?: unknown
  hostname?: unknown
}

const PORT_PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken by another process; stop it, or give another port (0 takes any free one)',
  EACCES: 'may not be used by this user; give one above 1023'
}

/** What only SESSION_OPTIONS can have brought about: the other variables were checked, or are named before. */
const OPTION_PROBLEMS = new Set<unknown>([
  'SESSION_OPTION_INVALID',
  'SESSION_SECRET_MISSING',
  'SESSION_DATABASE_MISSING'
])

export function startProblem (error: unknown, config: DemoConfig | undefined): string {
  return describe(error, config).replace(/\s+/g, ' ').trim()
}

function describe (error: unknown, config: DemoConfig | undefined): string {
  if (error instanceof ConfigError || config === undefined) return messageOf(error)
  const failure = error as Failure
  const variable = variableOf(failure, config)
  if (variable !== null) return `${variable}: ${messageOf(error)}`
  if (OPTION_PROBLEMS.has(failure.code)) return `SESSION_OPTIONS: ${messageOf(error)}`
  if (failure.code === 'SESSION_GEOIP_UNREADABLE') return `GEOIP_DATABASE: ${String(failure.message)}`
  const listening = listenProblem(failure, config)
  if (listening !== null) return listening
  if (config.databaseUrl !== undefined) {
    return `DATABASE_URL: the database at ${addressOf(config.databaseUrl)} can not be used (${
      messageOf(error)
    }); is it running, and are user, password and name right?`
  }
  return `DATA_DIR: the embedded database in ${config.dataDir} could not be started (${
    messageOf(error)
  }); give another folder, or memory://`
}

/** The plugin looks closer at the URLs than we do; SESSION_OPTIONS may have replaced them. */
function variableOf ({ code, message }: Failure, { sessionOptions }: DemoConfig): string | null {
  if (code !== 'SESSION_OPTION_INVALID') return null
  const option = /option "([^"]*)"/.exec(String(message))?.[1]
  if (option === 'database.url' && sessionOptions['database'] === undefined) return 'DATABASE_URL'
  return option === 'redis' && sessionOptions['redis'] === undefined ? 'REDIS_URL' : null
}

/** Whatever the system calls it: that a name is not found has many names. */
function listenProblem ({ code, syscall, hostname }: Failure, { host, port }: DemoConfig): string | null {
  if (syscall === 'getaddrinfo' && hostname === host) {
    return `HOST ${host} can not be resolved (${String(code)}); give an address, for example 127.0.0.1`
  }
  if (syscall !== 'listen') return null
  const ofPort = PORT_PROBLEMS[String(code)]
  return ofPort !== undefined
    ? `PORT ${port} ${ofPort}`
    : `HOST ${host} is no address that this machine can listen on (${
      String(code)
    }); give one that is, for example 127.0.0.1`
}

/** The address without user and password. */
function addressOf (url: string): string {
  const { host, pathname } = new URL(url)
  return `${host}${pathname}`
}

/** The innermost message that says something; connection errors hide it in `errors` or `cause`. */
function messageOf (error: unknown): string {
  const { message, code, cause, errors } = error as Failure
  const [first] = Array.isArray(errors) ? errors as unknown[] : []
  if (first !== undefined) return messageOf(first)
  if (cause instanceof Error) return messageOf(cause)
  if (typeof message === 'string' && message !== '') return message
  return typeof code === 'string' ? code : String(error)
}
