/**
 * What the driver throws, in words that somebody new can act on: the option, the host, the database, and what to do.
 * Long, because each failure has its remedy.
 */
import { UNTRUSTED_CERTIFICATE } from '../untrusted-certificate.ts'
import { migrateCommand } from './migrate-command.ts'
import { asError, problem, quoted, type Problem, type ProblemContext } from './problem.ts'
import { DeadlinePassed, type DatabaseAddress } from './start-connection.ts'

interface Failure { code: string, message: string, hostname: string }
type Rule = readonly [matches: (failure: Failure) => boolean, problem: (context: ProblemContext & Failure) => Problem]

const RULES: readonly Rule[] = [
  [
    codes('ECONNREFUSED'),
    (is) =>
      unreachable(
        is,
        'does not answer: nothing listens there (ECONNREFUSED)',
        `start PostgreSQL, or correct host and port in ${is.option}`
      )
  ],
  [
    codes('ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA'),
    (is) => unreachable(is, 'is unknown: its host name has no address', `correct the host in ${is.option}`)
  ],
  [
    codes('ENOENT', 'EACCES'),
    (is) => unreachable(is, `can not be opened (${is.code})`, `correct the socket's folder in ${is.option}`)
  ],
  [codes('EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', 'LATE'), silent],
  [says(/timeout expired|connection timeout|Query read timeout/i), silent],
  [
    codes('53300'),
    (is) =>
      unreachable(
        is,
        'has no connection left for us',
        'raise its max_connections, or give the apps smaller pools (database.pool.max)'
      )
  ],
  [
    codes('57P03', '57P01'),
    (is) =>
      unreachable(is, `is just starting or stopping (${is.message})`, 'start the app again when PostgreSQL is ready')
  ],
  [
    says(/does not support SSL/i),
    (is) =>
      refused(
        is,
        'speaks no TLS, which the URL asks for',
        `leave sslmode out of ${is.option}, or switch ssl on in PostgreSQL`
      )
  ],
  [
    says(/no encryption|SSL off|insecure|(SSL|TLS)[^.]*required/i),
    (is) => refused(is, 'wants TLS', `add ?sslmode=require to ${is.option}`)
  ],
  [
    codes(...UNTRUSTED_CERTIFICATE),
    (is) =>
      refused(
        is,
        `has a TLS certificate that this machine does not trust (${is.code})`,
        'add ?sslrootcert=/path/to/ca.pem to the URL, or give a MikroORM instance with the TLS options that you need'
      )
  ],
  [
    says(/password must be a (non-empty )?string/i),
    (is) =>
      refused(
        is,
        `wants a password for the user "${is.address.user}"`,
        `write it into ${is.option}: postgres://user:password@host/name`
      )
  ],
  [
    codes('28P01'),
    (is) =>
      refused(
        is,
        `refuses the password of the user "${is.address.user}"`,
        `correct user and password in ${is.option}; signs like @ : / in a password are written %40 %3A %2F`
      )
  ],
  [
    (is) => is.code === '28000' && is.message.includes('not permitted to log in'),
    (is) =>
      refused(
        is,
        `does not let the role "${is.address.user}" log in`,
        `alter role ${quoted(is.address.user)} login; or give another user in ${is.option}`
      )
  ],
  [
    (is) => is.code === '28000' && is.message.includes('does not exist'),
    (is) =>
      refused(
        is,
        `has no role "${is.address.user}"`,
        `correct the user in ${is.option}, or create it: create role ${quoted(is.address.user)} login password '…'`
      )
  ],
  [
    // Where $USER is not set, as in containers, the driver has no name to take.
    (is) => is.code.startsWith('28') && is.message.includes('no PostgreSQL user name'),
    (is) =>
      refused(
        is,
        'was asked without a user: the URL names none',
        `write a user into ${is.option}: postgres://user:password@host/name, or set PGUSER`
      )
  ],
  [
    (is) => is.code.startsWith('28'),
    (is) =>
      refused(
        is,
        `refuses the user "${is.address.user}" (${is.message})`,
        `correct user and password in ${is.option}, or let them in, in pg_hba.conf`
      )
  ],
  [
    codes('3D000'),
    (is) =>
      problem(
        'SESSION_DATABASE_NOT_FOUND',
        is,
        `has no database "${is.address.database}"`,
        `create it (create database ${quoted(is.address.database)}), or correct the name in ${is.option}`
      )
  ],
  [
    (is) => is.code === '42501' && is.message.includes('for database'),
    (is) =>
      problem(
        'SESSION_DATABASE_FORBIDDEN',
        is,
        `does not let the user "${is.address.user}" into the database "${is.address.database}"`,
        `grant connect on database ${quoted(is.address.database)} to ${quoted(is.address.user)}`
      )
  ],
  [
    codes('42501'),
    (is) =>
      problem(
        'SESSION_DATABASE_FORBIDDEN',
        is,
        `does not let the user "${is.address.user}" make our tables${inSchema(is)}: ${is.message}`,
        `run "${migrateCommand(is)}" once as the tables' owner, grant what "${
          migrateCommand({ ...is, grants: { role: is.address.user } })
        }" prints, and give the app migrate: false`
      )
  ],
  [
    codes('25006'),
    (is) =>
      problem(
        'SESSION_DATABASE_UNSUITABLE',
        is,
        'takes no changes: it is a replica, or read-only',
        `give the primary in ${is.option}`
      )
  ],
  [
    codes('42P01', '3F000', '42703'),
    (is) =>
      problem(
        'SESSION_TABLES_MISSING',
        is,
        `is there, but our tables are not there${inSchema(is)}, or not as they should be: ${is.message}`,
        `run: ${migrateCommand(is)} (where tables of these names are somebody else's, give ours another schema)`
      )
  ],
  [
    (is) => /ECONNRESET|EPIPE/.test(is.code) || /terminated/i.test(is.message),
    (is) =>
      unreachable(
        is,
        'closed the connection at once',
        'look whether it is PostgreSQL that listens there, and at its log'
      )
  ]
]

/** What the driver says, in words. */
export function databaseProblem (error: unknown, context: ProblemContext): Problem {
  const failure = failureOf(error)
  const [, rule] = RULES.find(([matches]) => matches(failure)) ?? []
  return rule?.({ ...context, ...failure }) ??
    problem(
      'SESSION_DATABASE_FAILED',
      context,
      `failed: ${failure.message}`,
      `look at ${context.option}, and at PostgreSQL's log`
    )
}

/** The error of a start with the driver's, in our words. What has words already stays. */
export function explained (
  option: string,
  schema?: string,
  migratingMs?: number | null
): (error: unknown, address: DatabaseAddress) => unknown {
  return (error, address) => {
    if (error instanceof Error && String((error as { code?: unknown }).code).startsWith('SESSION_')) return error
    const context = { address, option, schema }
    if (migratingMs != null && error instanceof DeadlinePassed && error.connected) {
      return asError(
        problem(
          'SESSION_DATABASE_UNREACHABLE',
          context,
          `was not done with our migrations within ${migratingMs} ms (another node may be at it, or a lock is in the way)`,
          `run "${migrateCommand({ schema })}" before the start, or raise Fastify's pluginTimeout`
        ),
        option,
        error
      )
    }
    return asError(databaseProblem(error, context), option, error)
  }
}

function unreachable (is: ProblemContext, what: string, remedy: string): Problem {
  return problem('SESSION_DATABASE_UNREACHABLE', is, what, remedy)
}

function refused (is: ProblemContext, what: string, remedy: string): Problem {
  return problem('SESSION_DATABASE_REFUSED', is, what, remedy)
}

function silent (is: ProblemContext & Failure): Problem {
  return unreachable(
    is,
    `does not answer (${is.message})`,
    `look whether PostgreSQL runs there, whether a firewall is in between, and at host and port in ${is.option}`
  )
}

function inSchema ({ schema }: ProblemContext): string {
  return schema === undefined ? '' : ` in the schema "${schema}"`
}

function codes (...known: readonly string[]): Rule[0] {
  return ({ code }) => known.includes(code)
}

function says (words: RegExp): Rule[0] {
  return ({ message }) => words.test(message)
}

function failureOf (error: unknown): Failure {
  if (error instanceof AggregateError && error.errors.length > 0) return failureOf(error.errors[0])
  if (!(error instanceof Error)) return { code: '', message: String(error), hostname: '' }
  if (error instanceof DeadlinePassed) return { code: 'LATE', message: error.message, hostname: '' }
  if (error.cause instanceof Error) return failureOf(error.cause)
  const { code = '', hostname = '' } = error as { code?: unknown, hostname?: unknown }
  // Knex puts the statement in front.
  const message = error.message.split(' - ').at(-1)?.split('\n', 1)[0] ?? ''
  return { code: String(code), message: message === '' ? error.name : message, hostname: String(hostname) }
}
