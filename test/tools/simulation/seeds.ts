/** Many random runs one after the other: what they saw altogether, and which seeds broke a promise. */
import { MUTANTS, PRODUCT, type Variant } from './mutants.ts'
import { runSeed, type RunResult } from './random-run.ts'
import type { Violation } from './judge.ts'

export interface SeedsOptions {
  from: number
  count: number
  variant: Variant
  onSeed?: (seed: number, result: RunResult) => void
}

export interface Totals {
  stats: RunResult['stats']
  /** Seeds that broke a promise, with what they broke. */
  violating: Array<{ seed: number, violations: Violation[] }>
}

/** The product for no name; throws where there is no mutant of that name. */
export function variantOf (name: string | undefined): Variant {
  if (name === undefined) return PRODUCT
  const mutant = MUTANTS.get(name)
  if (mutant === undefined) throw new Error(`there is no mutant "${name}"; there are ${[...MUTANTS.keys()].join(', ')}`)
  return mutant
}

export async function runSeeds ({ from, count, variant, onSeed = () => {} }: SeedsOptions): Promise<Totals> {
  const violating: Totals['violating'] = []
  let stats: RunResult['stats'] | null = null
  // Every refusal is an error; where it was made, nobody asks here.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  for (let seed = from; seed < from + count; seed++) {
    const result = await runSeed(seed, variant)
    stats = stats === null ? result.stats : sum(stats, result.stats)
    if (result.violations.length > 0) violating.push({ seed, violations: result.violations })
    onSeed(seed, result)
  }
  Error.stackTraceLimit = stackTraceLimit
  return { stats: stats as RunResult['stats'], violating }
}

function sum (a: RunResult['stats'], b: RunResult['stats']): RunResult['stats'] {
  const names = Object.keys(a) as Array<keyof RunResult['stats']>
  return Object.fromEntries(names.map((name) => [name, name === 'longestWaitMs' ? Math.max(a[name], b[name]) : a[name] + b[name]])) as RunResult['stats']
}

/** For people: what the runs saw. */
export function describe ({ stats, violating }: Totals): string {
  return [
    `${stats.revocations} revocations asked for, ${stats.confirmed} answered with 200, ${stats.unconfirmed} with 503`,
    `${stats.admissions} admissions, ${stats.frames} frames; ${stats.fromMemory} answers from memory, ${stats.joined} from a joined read`,
    `${stats.refused} refusals, ${stats.unavailable} times 503, ${stats.logouts} sockets told their end, ${stats.aborts} signals aborted, ${stats.renames} new names`,
    `${stats.evicted} nodes evicted, longest wait ${Math.round(stats.longestWaitMs)} ms (pauses of the node that waited included)`,
    `${violating.length} seeds with a violation`
  ].join('\n')
}
