/** The measurement: all subjects in turn, round after round, so that whatever else the machine does meets all of them. */
import type { LoadGenerator, Server } from './processes.ts'
import type { SubjectName } from './subjects.ts'

export interface Sample {
  /** CPU of the server process for one request, in µs. */
  cpuUs: number
  requestsPerSecond: number
  /** CPU that the process used while the others were measured, in ms a second. */
  atRest: number
}

export interface MeasurementOptions {
  load: LoadGenerator
  /** About how long one subject is asked in one round. */
  seconds: number
  connections: number
  say: (text: string) => void
}

/** Asked at first, to see how fast a subject is. */
const FIRST_REQUESTS = 200
/** How long each subject is asked before anything counts: the compiler has seen enough by then. */
const WARM_UP_SECONDS = 8
/** In how many steps: each is sized by the one before, because a subject gets faster on the way. */
const WARM_UP_STEPS = 4
/** Asked before each measured time, as a part of it. */
const GETTING_GOING = 0.3

export type Measurement = ReturnType<typeof createMeasurement>

export function createMeasurement ({ load, seconds, connections, say }: MeasurementOptions) {
  const servers = new Map<SubjectName, Server>()
  const rates = new Map<SubjectName, number>()
  const resting = new Map<SubjectName, { cpu: number, since: number }>()

  async function rest (name: SubjectName, server: Server): Promise<void> {
    resting.set(name, { cpu: await server.cpu(), since: performance.now() })
  }

  /** What it has done by itself since, in µs a ms. */
  async function rested (name: SubjectName, server: Server): Promise<number> {
    const { cpu, since } = resting.get(name) as { cpu: number, since: number }
    return (await server.cpu() - cpu) / (performance.now() - since)
  }

  /** Asks for about this long, as far as is known by now how much that is. */
  async function askFor (name: SubjectName, server: Server, duration: number): Promise<{ requests: number, perSecond: number }> {
    const requests = Math.max(FIRST_REQUESTS, Math.round((rates.get(name) ?? 0) * duration))
    const perSecond = requests / await load.run({ ...server.ready, connections, requests }) * 1_000
    rates.set(name, perSecond)
    return { requests, perSecond }
  }

  return {
    /**
     * Gets this server ready, and takes it into the rounds. Right after its start: a server that idled for some 20 s before its
     * first requests stays up to 15 % slower from then on (bare Fastify, too), so whoever came late would be at a disadvantage.
     */
    async add (name: SubjectName, server: Server): Promise<void> {
      await askFor(name, server, 0)
      for (let step = 0; step < WARM_UP_STEPS; step++) await askFor(name, server, WARM_UP_SECONDS / WARM_UP_STEPS)
      await server.warm()
      servers.set(name, server)
      await rest(name, server)
      say(`warm: ${name}, ${Math.round(rates.get(name) as number)} requests/s`)
    },

    async run (rounds: number): Promise<Map<SubjectName, Sample[]>> {
      const samples = new Map<SubjectName, Sample[]>([...servers.keys()].map((name) => [name, []]))
      for (let round = 1; round <= rounds; round++) {
        // Every second round the other way round: whoever comes after a heavy one is not always the same.
        const order = round % 2 === 1 ? [...servers] : [...servers].reverse()
        for (const [name, server] of order) {
          // It was idle for a whole round: getting going again is not what a request costs.
          const atRest = await rested(name, server)
          await askFor(name, server, seconds * GETTING_GOING)
          const before = await server.cpu()
          const { requests, perSecond } = await askFor(name, server, seconds)
          const sample = { cpuUs: (await server.cpu() - before) / requests, requestsPerSecond: perSecond, atRest }
          await rest(name, server)
          samples.get(name)?.push(sample)
          say(`round ${round} of ${rounds}: ${name} ${sample.cpuUs.toFixed(1)} µs, ${Math.round(sample.requestsPerSecond)} requests/s`)
        }
      }
      return samples
    }
  }
}

export function median (values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] as number : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}
