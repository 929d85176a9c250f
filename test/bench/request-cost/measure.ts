/** The measurement: all subjects in turn, round after round, so that whatever else the machine does meets all of them. */
import type { LoadGenerator, Server } from './processes.ts'
import type { SubjectName } from './subjects.ts'

export interface Sample {
  /** CPU of the server process for one request, in µs. */
  cpuUs: number
  requestsPerSecond: number
}

export interface MeasureOptions {
  servers: ReadonlyMap<SubjectName, Server>
  load: LoadGenerator
  rounds: number
  /** About how long one subject is asked in one round. */
  seconds: number
  connections: number
  say: (text: string) => void
}

/** Asked at first, to see how fast a subject is. */
const FIRST_REQUESTS = 200
/** The compiler has seen enough by then. */
const WARM_UP_REQUESTS = 20_000
const WARM_UP_SECONDS = 5
/** Asked before each measured time, as a part of it. */
const GETTING_GOING = 0.3

export async function measure ({ servers, load, rounds, seconds, connections, say }: MeasureOptions): Promise<Map<SubjectName, Sample[]>> {
  const counts = new Map<SubjectName, number>()
  for (const [name, server] of servers) {
    const ask = (requests: number): Promise<number> => load.run({ ...server.ready, connections, requests })
    const first = FIRST_REQUESTS / await ask(FIRST_REQUESTS) * 1_000
    const warmUp = Math.round(Math.min(WARM_UP_REQUESTS, Math.max(FIRST_REQUESTS, first * WARM_UP_SECONDS)))
    const perSecond = warmUp / await ask(warmUp) * 1_000
    counts.set(name, Math.round(perSecond * seconds))
    await server.warm()
    say(`warm: ${name}, ${counts.get(name)} requests a round`)
  }
  const samples = new Map<SubjectName, Sample[]>([...servers.keys()].map((name) => [name, []]))
  for (let round = 1; round <= rounds; round++) {
    // Every second round the other way round: whoever comes after a heavy one is not always the same.
    const order = round % 2 === 1 ? [...servers] : [...servers].reverse()
    for (const [name, server] of order) {
      const requests = counts.get(name) as number
      // It was idle for a whole round, and V8 drops code that nobody runs: getting going again is not what a request costs.
      await load.run({ ...server.ready, connections, requests: Math.ceil(requests * GETTING_GOING) })
      const before = await server.cpu()
      const ms = await load.run({ ...server.ready, connections, requests })
      const sample = { cpuUs: (await server.cpu() - before) / requests, requestsPerSecond: requests / ms * 1_000 }
      samples.get(name)?.push(sample)
      say(`round ${round} of ${rounds}: ${name} ${sample.cpuUs.toFixed(1)} µs, ${Math.round(sample.requestsPerSecond)} requests/s`)
    }
  }
  return samples
}

export function median (values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] as number : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}
