/** The protocol keeps its promises in random runs, and every wrong variant of it is caught: by what it does, not by its name. */
import t from 'tap'
import { MUTANTS } from './mutants.ts'
import { LESSONS, SCHEDULES } from './schedules.ts'
import { describe, loadVariant, runSeeds } from './seeds.ts'
import { runSchedule } from './stage.ts'

const SEEDS = { from: 0, count: 60 }

t.test(`random runs, seeds ${SEEDS.from} to ${SEEDS.from + SEEDS.count - 1}: no promise is broken`, { timeout: 900_000 }, async (t) => {
  const totals = await runSeeds({ ...SEEDS, protocol: await loadVariant(null), mutant: null })
  for (const line of describe(totals).split('\n')) t.comment(line)
  for (const { seed, violations: [first] } of totals.violating) t.fail(`seed ${seed}: ${first?.promise} ${first?.what}; npm run simulate -- --seed ${seed}`)
  const { stats } = totals
  t.ok(stats.confirmed > 500 && stats.admissions > 25_000, 'and there was enough to break')
  for (const seen of ['fromMemory', 'joined', 'frames', 'logouts', 'unavailable', 'unconfirmed', 'buried'] as const) t.ok(stats[seen] > 0, seen)
  t.ok(stats.longestWaitMs > 4_000, 'and revocations that had to wait for a lease to end')
})

t.test('a seed replays exactly', async (t) => {
  const protocol = await loadVariant(null)
  const [once, again] = [await runSeeds({ from: 7, count: 1, protocol, mutant: null }), await runSeeds({ from: 7, count: 1, protocol, mutant: null })]
  t.same(again, once)
})

t.test('random runs find a renewal that reads nothing, from the first seeds on', async (t) => {
  const mutant = MUTANTS.get('lease_without_reading') ?? null
  const { violating } = await runSeeds({ from: 0, count: 3, protocol: await loadVariant(mutant), mutant })
  t.ok(violating.length > 0)
})

t.test('every mutant is caught by its schedule, in which the protocol as it is breaks nothing', async (t) => {
  const right = await loadVariant(null)
  t.same(Object.keys(SCHEDULES).sort(), [...MUTANTS.keys()].sort(), 'each has one')
  t.equal(MUTANTS.size, 18)
  for (const [name, schedule] of Object.entries(SCHEDULES)) {
    const mutant = MUTANTS.get(name) ?? null
    t.same(await runSchedule(schedule, right, null), [], `${name}: not the protocol`)
    const violations = await runSchedule(schedule, await loadVariant(mutant), mutant?.variant ?? null)
    const [first] = violations.filter(({ promise }) => promise === 'G1' || promise === 'R8')
    t.ok(first, `${name}: ${first?.what ?? 'was not caught'}`)
  }
})

t.test('what the protocol did not survive once, it survives now', async (t) => {
  const protocol = await loadVariant(null)
  for (const [lesson, schedule] of Object.entries(LESSONS)) t.same(await runSchedule(schedule, protocol, null), [], lesson)
})
