/** Why a start failed, in one line that names the variable to look at. */
import { ConfigError, type DemoConfig } from './config.ts'

interface Failure { code?: unknown, message?: unknown, cause?: unknown, errors?: unknown, syscall?: unknown }

const LISTEN_PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'PORT %p is taken by another process; stop it, or give another port (0 takes any free one)',
  EACCES: 'PORT %p may not be used by this user; give one above 1023',
  EADDRNOTAVAIL: 'HOST %h is no address of this machine; give one that is, for example 127.0.0.1',
  ENOTFOUND: 'HOST %h can not be resolved; give an address, for example 127.0.0.1'
}

export function startProblem (error: unknown, config: DemoConfig | undefined): string {
  return describe(error, config).replace(/\s+/g, ' ').trim()
}

function describe (error: unknown, config: DemoConfig | undefined): string {
  if (error instanceof ConfigError || config === undefined) return messageOf(error)
  const { code, syscall } = error as Failure
  if (syscall === 'listen' || (syscall === 'getaddrinfo' && (error as { hostname?: unknown }).hostname === config.host)) {
    const problem = LISTEN_PROBLEMS[String(code)]
    if (problem !== undefined) return problem.replace('%p', String(config.port)).replace('%h', config.host)
  }
  if (code === 'SESSION_OPTION_INVALID') return `SESSION_OPTIONS: ${messageOf(error)}`
  if (config.databaseUrl !== undefined) {
    return `DATABASE_URL: the database at ${addressOf(config.databaseUrl)} can not be used (${messageOf(error)}); is it running, and are user, password and name right?`
  }
  return `DATA_DIR: the embedded database in ${config.dataDir} could not be started (${messageOf(error)}); give another folder, or memory://`
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
