/** `doctor`: looks at everything the nodes rely on, and says in words what is well and what to do about the rest. */
import { systemClock } from '../clock.ts'
import { DEFAULTS } from '../options/defaults.ts'
import { defineCommand } from './command.ts'
import { checkedUrl, databaseOptions, withDatabase, type CommandDatabase } from './database.ts'
import { inWords, note, problem, type Check } from './doctor/check.ts'
import { checkClock, checkServer, checkTables } from './doctor/database.ts'
import { checkNodes, watchNodes } from './doctor/nodes.ts'
import { checkVersions } from './doctor/versions.ts'
import { Failure, Misuse } from './failures.ts'
import { numberOf } from './numbers.ts'
import { counted, type Output } from './output.ts'
import { checkedRedis, redisOptions, type RedisValues } from './redis-options.ts'

const WATCH_MS = 2_500
const MAX_WATCH_MS = 600_000

export const doctorCommand = defineCommand({
  name: 'doctor',
  summary: 'Look at everything the nodes rely on, and say what is well and what is not.',
  details: 'Changes nothing. Exit code: 0 all is well, 1 there is a problem; each comes with its remedy.',
  forms: ['[options]'],
  options: {
    'watch-ms': {
      type: 'string',
      value: '<ms>',
      description: `How long to watch the nodes, in ms; longer than their option renewalMs. Default: ${WATCH_MS}`
    },
    ...databaseOptions,
    ...redisOptions
  },

  async run ({ values, output }) {
    const watchMs = numberOf('watch-ms', values['watch-ms'], { otherwise: WATCH_MS, max: MAX_WATCH_MS })
    checkedUrl(values.url)
    checkedRedis(values)
    const checks: Check[] = []
    const add = (...more: Check[]): void => {
      checks.push(...more)
      for (const check of more) output.say(inWords(check))
    }
    add(...checkVersions())
    let alive: string[] = []
    try {
      await withDatabase(values, async (database) => {
        alive = await checkDatabase(database, { watchMs, add, output })
      })
    } catch (error) {
      if (error instanceof Misuse) throw error
      const { message, remedy } = error as Failure
      add(problem('database', message, remedy))
    }
    add(...await checkBus(values, alive))
    const problems = checks.filter(({ state }) => state === 'problem').length
    output.result(
      { ok: problems === 0, checks },
      problems === 0 ? '\nAll is well.' : `\n${counted(problems, 'problem')}.`
    )
    return problems === 0 ? 0 : 1
  }
})

/** Gives the nodes that are alive. */
async function checkDatabase (
  { sql, schema }: CommandDatabase,
  { watchMs, add, output }: { watchMs: number, add: (...checks: Check[]) => void, output: Output }
): Promise<string[]> {
  add(await checkServer(sql), await checkClock(sql))
  const tables = await checkTables(sql, schema)
  add(...tables)
  if (tables[0]?.state === 'problem') return []
  output.progress(`Watching the nodes for ${watchMs / 1_000} s …`)
  const nodes = await watchNodes(sql, schema, watchMs)
  add(checkNodes(nodes, watchMs))
  return nodes.flatMap(({ incarnation, renewedAgoMs }) => renewedAgoMs === null ? [] : [incarnation])
}

async function checkBus (values: RedisValues, alive: string[]): Promise<Check[]> {
  const { redis, 'redis-prefix': prefix = DEFAULTS.redisPrefix } = values
  if (redis === undefined) {
    return [
      note(
        'redis',
        'Redis was not looked at: give --redis or REDIS_URL. Without one the nodes are as correct, only slower'
      )
    ]
  }
  const { checkRedis, checkWake } = await import('./doctor/redis.ts')
  const checks = await checkRedis(redis, prefix, alive.length)
  if (checks.some(({ state }) => state === 'problem')) return checks
  const wake = checkedRedis(values)
  if (wake === null) {
    return [
      ...checks,
      note('wake', 'Whether the nodes share the secret was not looked at: give --secret or JWT_SECRET')
    ]
  }
  return [...checks, await checkWake({ ...wake, clock: systemClock, alive })]
}
