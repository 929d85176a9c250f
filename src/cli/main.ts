#!/usr/bin/env node
/**
 * The command line: `npx fastify-live-sessions <command>`. Each command is a file beside this one, which loads what it
 * works with only when it works: help and wrong calls are answered at once.
 */
import { createRequire } from 'node:module'
import { nearestName } from '../options/near-misses.ts'
import { cleanupCommand } from './cleanup.ts'
import { columns, PROGRAM, type Command } from './command.ts'
import { doctorCommand } from './doctor.ts'
import { listCommand } from './list.ts'
import { migrateCommand } from './migrate.ts'
import { revokeCommand } from './revoke.ts'
import { revokeUserCommand } from './revoke-user.ts'

const COMMANDS: readonly Command[] = [
  migrateCommand,
  listCommand,
  revokeCommand,
  revokeUserCommand,
  cleanupCommand,
  doctorCommand
]

const USAGE = `Usage: ${PROGRAM} <command> [options]

Commands:
${columns(COMMANDS.map(({ name, summary }) => [name, summary] as const))}

${PROGRAM} --version prints the version.
Every command takes --url (or DATABASE_URL), --schema and --json; <command> --help shows its options.
Exit codes: 0 success, 1 failure, 2 usage error.
`

/** How long a connection that does not answer may delay the exit, in ms. */
const END_WITHIN_MS = 3_000

async function main ([name, ...args]: string[], env: NodeJS.ProcessEnv): Promise<number> {
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(USAGE)
    return 0
  }
  if (name === '--version' || name === '-v') {
    const { version } = createRequire(import.meta.url)('fastify-live-sessions/package.json') as { version: string }
    process.stdout.write(`${version}\n`)
    return 0
  }
  const command = COMMANDS.find((each) => each.name === name)
  if (command !== undefined) return await command.run(args, env)
  const why = name === undefined || name.startsWith('-') ? 'no command given' : unknownCommand(name)
  process.stderr.write(`${PROGRAM}: ${why}\n\n${USAGE}`)
  return 2
}

function unknownCommand (name: string): string {
  const near = nearestName(name, COMMANDS.map((command) => command.name))
  return `there is no command "${name}"${near === null ? '' : `; did you mean ${near}?`}`
}

// The reader (`| head`) may have closed the pipe.
process.stdout.on('error', () => { process.exit(0) })
process.exitCode = await main(process.argv.slice(2), process.env)
setTimeout(() => { process.exit() }, END_WITHIN_MS).unref()
