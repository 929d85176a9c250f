/** One fault from its begin to its verdict: a scene of its own, some quiet life, the fault, healing, and the check. */
import { setTimeout as delay } from 'node:timers/promises'
import { check, type Verdict } from './check.ts'
import { startControl } from './control.ts'
import type { Fault } from './fault.ts'
import { measureHealing, type Healing } from './heal.ts'
import { History } from './history.ts'
import { createPopulation, createSigner } from './population.ts'
import { openScene } from './scene.ts'
import type { Servers } from './servers.ts'
import { SECRET, startWorld, type Timing } from './world.ts'

export interface Result extends Verdict, Healing {
  name: string
  title: string
  crashes: number
  seconds: number
}

export interface RunOptions {
  servers: Servers
  fault: Fault
  timing: Timing
  /** How long a fault lasts that has no length of its own. */
  holdMs: number
  load: { requests: number, revocations: number }
  say: (text: string) => void
}

const PROGRESS_EVERY_MS = 5_000
/** Life before and after the fault. */
const QUIET_MS = 1_500

export async function runFault ({ servers, fault, timing, holdMs, load, say }: RunOptions): Promise<Result> {
  const began = performance.now()
  const history = new History()
  const world = await startWorld(servers, history, timing, fault.redis ?? true)
  const population = createPopulation({ history, pool: world.pool, sign: await createSigner(SECRET) })
  const control = await startControl(world.pool)
  const scene = await openScene({ world, history, population, control, holdMs, say, load: { ...load, ...fault.load } })
  const progress = setInterval(() => {
    const { requests, revocations } = history
    say(`${requests.status.length} requests, ${revocations.filter(({ answeredAt }) => answeredAt !== Infinity).length} of ${revocations.length} revocations answered`)
  }, PROGRESS_EVERY_MS)
  try {
    await delay(QUIET_MS)
    say('the fault begins')
    await fault.run(scene)
    say('the fault is over')
    const healing = await measureHealing(scene)
    await delay(QUIET_MS)
    await scene.drain()
    const verdict = await check(history, world, control)
    if (verdict.violations.length > 0) for (const { index, process } of world.nodes) say(`node ${index} wrote: ${process.output.slice(-1_500)}`)
    return { name: fault.name, title: fault.title, crashes: history.crashes.length, seconds: (performance.now() - began) / 1_000, ...verdict, ...healing }
  } finally {
    clearInterval(progress)
    control.stop()
    scene.close()
    await world.close()
  }
}
