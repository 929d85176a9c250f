#!/usr/bin/env node
/** The command line: `npx fastify-live-sessions <command>`. Each command is a file beside this one. */
import { cleanupCommand } from './cleanup.ts'
import { columns, PROGRAM, type Command } from './command.ts'
import { doctorCommand } from './doctor.ts'
import { listCommand } from './list.ts'
import { migrateCommand } from './migrate.ts'
import { revokeCommand } from './revoke.ts'
import { revokeUserCommand } from './revoke-user.ts'

const COMMANDS: readonly Command[] = [migrateCommand, listCommand, revokeCommand, revokeUserCommand, cleanupCommand, doctorCommand]

const USAGE = `Usage: ${PROGRAM} <command> [options]

Commands:
${columns(COMMANDS.map(({ name, summary }) => [name, summary] as const))}

All take --url (or DATABASE_URL), --schema, --json, and --help, which says the rest.
Exit code: 0 done, 1 failed, 2 called wrongly.
`

/** What a connection in doubt may hold up the end of the process. */
const END_WITHIN_MS = 3_000

async function main ([name, ...args]: string[], env: NodeJS.ProcessEnv): Promise<number> {
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(USAGE)
    return 0
  }
  const command = COMMANDS.find((each) => each.name === name)
  if (command !== undefined) return await command.run(args, env)
  const why = name === undefined || name.startsWith('-') ? 'say which command' : `there is no command "${name}"`
  process.stderr.write(`${PROGRAM}: ${why}\n\n${USAGE}`)
  return 2
}

// Whoever reads (`| head`) may have read enough.
process.stdout.on('error', () => { process.exit(0) })
process.exitCode = await main(process.argv.slice(2), process.env)
setTimeout(() => { process.exit() }, END_WITHIN_MS).unref()
