#!/usr/bin/env node
/** The command line: `npx fastify-live-sessions <command>`. Each command is a file beside this one. */
import { parseArgs } from 'node:util'
import { runMigrate } from './migrate.ts'

const USAGE = `Usage: fastify-live-sessions <command> [options]

Commands:
  migrate            Bring the tables up to date. Safe to run again, and from several machines at once.

Options:
  --url <postgres>   Where PostgreSQL is. Straight to it, not through PgBouncer. Default: DATABASE_URL
  --schema <name>    The schema the tables live in. Default: the connection's own
  --json             One line of JSON instead of words
  -h, --help         This text
`

/** Ends with 0 when done, 1 when it failed, 2 when it was called wrongly. */
async function main (args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  let parsed
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: {
        url: { type: 'string' },
        schema: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false }
      }
    })
  } catch (error) {
    return refuse((error as Error).message)
  }
  const { values, positionals: [command, ...others] } = parsed
  if (values.help) {
    process.stdout.write(USAGE)
    return 0
  }
  if (command === undefined) return refuse('say which command')
  if (command !== 'migrate' || others.length > 0) return refuse(`there is no command "${[command, ...others].join(' ')}"`)
  const url = values.url ?? env.DATABASE_URL
  if (url === undefined || !/^postgres(ql)?:\/\//.test(url)) return refuse('give --url postgres://… or set DATABASE_URL')
  return await runMigrate({ url, schema: values.schema, json: values.json })
}

function refuse (why: string): number {
  process.stderr.write(`fastify-live-sessions: ${why}\n\n${USAGE}`)
  return 2
}

process.exitCode = await main(process.argv.slice(2), process.env)
