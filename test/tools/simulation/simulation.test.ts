/** The protocol keeps its promises in random runs, and every wrong variant of it is caught: by what it does, not by its name. */
import t from 'tap'
import { MUTANTS, PRODUCT } from './mutants.ts'
import { LESSONS, SCHEDULES } from './schedules.ts'
import { describe, runSeeds, variantOf } from './seeds.ts'
import { runSchedule } from './stage.ts'

const SEEDS = { from: 0, count: 60 }

t.test(`random runs, seeds ${SEEDS.from} to ${SEEDS.from + SEEDS.count - 1}: no promise is broken`, { timeout: 900_000 }, async (t) => {
  const totals = await runSeeds({ ...SEEDS, variant: PRODUCT })
  for (const line of describe(totals).split('\n')) t.comment(line)
  for (const { seed, violations: [first] } of totals.violating) t.fail(`seed ${seed}: ${first?.promise} ${first?.what}; npm run simulate -- --seed ${seed}`)
  const { stats } = totals
  t.ok(stats.confirmed > 500 && stats.admissions > 25_000, 'and there was enough to break')
  for (const seen of ['fromMemory', 'joined', 'frames', 'logouts', 'unavailable', 'unconfirmed', 'aborts', 'renames', 'evicted'] as const) t.ok(stats[seen] > 0, seen)
  t.ok(stats.longestWaitMs > 4_000, 'and revocations that had to wait for a lease to end')
})

t.test('a seed replays exactly', async (t) => {
  const [once, again] = [await runSeeds({ from: 7, count: 1, variant: PRODUCT }), await runSeeds({ from: 7, count: 1, variant: PRODUCT })]
  t.same(again, once)
})

t.test('random runs find a renewal that reads nothing, from the first seeds on', async (t) => {
  const { violating } = await runSeeds({ from: 0, count: 3, variant: variantOf('lease_without_reading') })
  t.ok(violating.length > 0)
})

t.test('every mutant is caught by its schedule, in which the protocol as it is breaks nothing', async (t) => {
  t.same(Object.keys(SCHEDULES).sort(), [...MUTANTS.keys()].sort(), 'each has one')
  t.equal(MUTANTS.size, 25)
  for (const [name, schedule] of Object.entries(SCHEDULES)) {
    t.same(await runSchedule(schedule, PRODUCT), [], `${name}: not the protocol`)
    const violations = await runSchedule(schedule, variantOf(name))
    const [first] = violations.filter(({ promise }) => (schedule.breaks ?? ['G1', 'R8']).includes(promise))
    t.ok(first, `${name}: ${first?.what ?? 'was not caught'}`)
  }
})

t.test('what the protocol did not survive once, it survives now', async (t) => {
  for (const [lesson, schedule] of Object.entries(LESSONS)) t.same(await runSchedule(schedule, PRODUCT), [], lesson)
})
