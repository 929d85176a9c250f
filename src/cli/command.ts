/**
 * What a command is: one table of options, from which both parsing and help come, and what it does. Knows no command.
 */
import { parseArgs } from 'node:util'
import { nearestName } from '../options/near-misses.ts'
import { Failure, Misuse } from './failures.ts'
import { createOutput, type Output } from './output.ts'

export const PROGRAM = 'fastify-live-sessions'

export interface OptionSpec {
  type: 'string' | 'boolean'
  multiple?: true
  /** What stands for the value in the help, like `<postgres>`. */
  value?: string
  /** The variable that is read where the option is not given. */
  env?: string
  description: string
}

export type OptionSpecs = Record<string, OptionSpec>

type Value<Spec extends OptionSpec> = Spec['type'] extends 'boolean' ? boolean
  : Spec extends { multiple: true } ? string[]
    : string | undefined
export type Values<Specs extends OptionSpecs> = { [Name in keyof Specs]: Value<Specs[Name]> }

export interface Call<Specs extends OptionSpecs> {
  values: Values<Specs>
  /** What stands beside the options: a session's id, for example. */
  argument: string | undefined
  output: Output
}

export interface CommandDefinition<Specs extends OptionSpecs> {
  name: string
  /** One line of the overview. */
  summary: string
  /** How it is called, after the name: `<id>`. */
  forms: readonly string[]
  /** What the overview has no room for. */
  details?: string
  options: Specs
  takesArgument?: boolean
  /** Gives the exit code where it is not 0; throws {@link Misuse} or {@link Failure}. */
  run: (call: Call<Specs>) => Promise<number | undefined>
}

export interface Command {
  name: string
  summary: string
  usage: string
  run: (args: string[], env: NodeJS.ProcessEnv) => Promise<number>
}

const COMMON = {
  json: { type: 'boolean', description: 'Print one line of JSON instead of text; errors go to stderr as JSON, too' },
  help: { type: 'boolean', description: 'Show this help' }
} as const satisfies OptionSpecs

export function defineCommand<const Specs extends OptionSpecs> (
  { name, summary, forms, details, options, takesArgument = false, run }: CommandDefinition<Specs>
): Command {
  const specs: OptionSpecs = { ...options, ...COMMON }
  const calls = forms
    .map((form, index) => `${index === 0 ? 'Usage:' : '      '} ${PROGRAM} ${name} ${form}`.trimEnd()).join('\n')
  const usage = [
    calls,
    summary + (details === undefined ? '' : `\n\n${details}`),
    `Options:\n${describe(specs)}`
  ].join('\n\n') + '\n'

  return {
    name,
    summary,
    usage,
    async run (args, env) {
      let output = createOutput({ json: args.includes('--json') })
      try {
        const { values, positionals } = parse(args, specs, env)
        if (values['help'] === true) {
          process.stdout.write(usage)
          return 0
        }
        const [argument, ...others] = positionals
        const extra = takesArgument ? others : positionals
        if (extra.length > 0) throw new Misuse(`there is no command "${[name, ...extra].join(' ')}"`)
        output = createOutput({ json: values['json'] === true })
        return await run({ values: values as Values<Specs>, argument, output }) ?? 0
      } catch (error) {
        if (error instanceof Misuse) {
          output.usageError(error.message, `${calls}\n${PROGRAM} ${name} --help shows its options.\n`)
          return 2
        }
        const { message, remedy } = error instanceof Failure ? error : new Failure(firstLine(error), null)
        output.fail(message, remedy)
        return 1
      } finally {
        output.close()
      }
    }
  }
}

type Parsed = Record<string, string | boolean | string[] | undefined>

function parse (args: string[], specs: OptionSpecs, env: NodeJS.ProcessEnv): { values: Parsed, positionals: string[] } {
  const options = Object.fromEntries(Object.entries(specs).map(([name, { type, multiple = false }]) =>
    [name, { type, multiple, ...(name === 'help' ? { short: 'h' } : {}) }]))
  let parsed
  try {
    parsed = parseArgs({ args, allowPositionals: true, options, tokens: true })
  } catch (error) {
    throw new Misuse(unknownOption(error, Object.keys(specs)) ?? firstLine(error))
  }
  const given = parsed.tokens.flatMap((token) => token.kind === 'option' ? [token.name] : [])
  const twice = given.find((name, index) => specs[name]?.multiple !== true && given.indexOf(name) !== index)
  if (twice !== undefined) throw new Misuse(`--${twice} is given twice`)
  const values: Parsed = {}
  for (const [name, spec] of Object.entries(specs)) {
    const value = parsed.values[name] as Parsed[string]
    // An empty value is mostly a variable that was not set: it must not mean "everybody".
    if (value === '') throw new Misuse(`--${name} is empty`)
    const fallback = spec.env === undefined || env[spec.env] === '' ? undefined : env[spec.env]
    values[name] = value ?? (spec.type === 'boolean' ? false : spec.multiple === true ? [] : fallback)
  }
  return { values, positionals: parsed.positionals }
}

/** In our words: Node.js tells how to pass it as an argument, which is hardly what was meant. */
function unknownOption (error: unknown, known: readonly string[]): string | null {
  if ((error as { code?: unknown }).code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return null
  const [, option = ''] = /'(-[^']*)'/.exec(firstLine(error)) ?? []
  const near = nearestName(option.replace(/^-+/, ''), known)
  return `there is no option ${option}${near === null ? '' : `; did you mean --${near}?`}`
}

function firstLine (error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n', 1)[0] as string
}

function describe (specs: OptionSpecs): string {
  const rows = Object.entries(specs).map(([name, { value, description, env }]) => [
    `${name === 'help' ? '-h, ' : ''}--${name}${value === undefined ? '' : ` ${value}`}`,
    env === undefined ? description : `${description}. Default: ${env}`
  ] as const)
  return columns(rows)
}

/** Two columns, the first as wide as its widest entry. */
export function columns (rows: ReadonlyArray<readonly [string, string]>): string {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}   ${right}`).join('\n')
}
