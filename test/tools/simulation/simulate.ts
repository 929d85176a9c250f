/** `npm run simulate`: as many random runs as wanted, with progress; 1 when a promise was broken, and how to see that again. */
import { parseArgs } from 'node:util'
import { MUTANTS } from './mutants.ts'
import { describe, runSeeds, variantOf } from './seeds.ts'

const HELP = `npm run simulate -- [--seeds N] [--seed S] [--mutant NAME]

Runs the product's own protocol code on a virtual clock, against a simulated database and bus, and judges what every node
admits. A seed decides everything: the same seed gives the same run.

  --seeds N      how many runs, with the seeds S, S+1, … (default 100; 1 when only --seed is given)
  --seed S       the first seed (default 0)
  --mutant NAME  with this wrong variant in place; violations are what one hopes for

Mutants:
${[...MUTANTS].map(([name, { what }]) => `  ${name.padEnd(24)} ${what}`).join('\n')}`

const SHOWN = 5

async function main (): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string' },
      seed: { type: 'string' },
      mutant: { type: 'string' },
      help: { type: 'boolean', default: false }
    }
  })
  if (values.help) {
    console.log(HELP)
    return 0
  }
  const from = wholeNumber('seed', values.seed ?? '0')
  const count = wholeNumber('seeds', values.seeds ?? (values.seed === undefined ? '100' : '1'))
  const variant = variantOf(values.mutant)
  console.log(`${count} seeds from ${from}${values.mutant === undefined ? '' : `, with the mutant ${values.mutant}`}`)

  const again = values.mutant === undefined ? [] : ['--mutant', values.mutant]
  let reportedAt = Date.now()
  const totals = await runSeeds({
    from,
    count,
    variant,
    onSeed (seed, { violations }) {
      if (violations.length > 0) {
        console.log(`\nseed ${seed}: ${violations.length} violations; again: npm run simulate -- ${['--seed', String(seed), ...again].join(' ')}`)
        for (const { at, promise, what } of violations.slice(0, SHOWN)) console.log(`  ${promise} at ${at} ms: ${what}`)
      }
      if (Date.now() - reportedAt < 2_000) return
      reportedAt = Date.now()
      process.stderr.write(`${seed - from + 1}/${count} seeds\n`)
    }
  })
  console.log(`\n${describe(totals)}`)
  return totals.violating.length === 0 ? 0 : 1
}

function wholeNumber (name: string, text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0 || text.trim() === '') throw new Error(`--${name} is a whole number, not "${text}"`)
  return number
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
