/** Redis is a hint: without it revocations are as certain, a little later; with it back, they are fast again by themselves. */
import t, { type Test } from 'tap'
import type { RevocationReport } from '../../src/protocol.ts'
import { logIn, type Device } from '../helpers/device.ts'
import { startNodes, type Cluster } from '../helpers/nodes.ts'
import { startRedis } from '../helpers/redis.ts'
import { readiness, until, verdicts } from '../helpers/cluster.ts'

const WITHIN_MS = 2_500
/** T′: by then a DELETE is answered, whatever happens. */
const ANSWERED_WITHIN_MS = 5_000
/** Odd: the one in the middle is compared, so that a single pause of a busy machine says nothing. */
const SAMPLES = 5
const DEAD = '401 SESSION_REVOKED'
const options = { login: { failuresPerMinute: 0 } }

/** Ends a device of node B from node A: how long until its socket hears it, and until the 200, in ms. */
async function endAcross (t: Test, { nodes: [a, b] }: Cluster, laptop: Device): Promise<{ heard: number, answered: number }> {
  const both = [a.address, b.address]
  const phone = await logIn(b.address)
  const socket = await phone.connect(b.address)
  const begin = performance.now()
  const heard = socket.next('logout').then(() => performance.now() - begin)
  const { status, body } = await laptop.ask<RevocationReport>('DELETE', `/api/sessions/${phone.id}`)
  const answered = performance.now() - begin
  t.match({ status, body }, { status: 200, body: { count: 1, confirmed: true, nodes: { acknowledged: 2, lapsed: 0 } } })
  t.same(await verdicts(phone, both), [DEAD, DEAD])
  t.match(await socket.closed, { code: 4401 })
  return { heard: await heard, answered }
}

interface Several { slowest: number, heard: number, answered: number, all: string }

/** The slowest `heard`, the medians of both, and every sample for whoever reads a failure. */
async function endSeveral (t: Test, cluster: Cluster, laptop: Device): Promise<Several> {
  const samples = []
  for (let sample = 0; sample < SAMPLES; sample++) samples.push(await endAcross(t, cluster, laptop))
  const heard = samples.map((sample) => sample.heard)
  const answered = samples.map((sample) => sample.answered)
  t.ok(Math.max(...answered) < ANSWERED_WITHIN_MS, `every DELETE was answered within ${ANSWERED_WITHIN_MS} ms`)
  return {
    slowest: Math.max(...heard),
    heard: median(heard),
    answered: median(answered),
    all: samples.map((sample) => `${sample.heard.toFixed()}/${sample.answered.toFixed()}`).join(' ')
  }
}

function median (values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN
}

/** Both nodes say how their bus is; they are ready all the while. */
async function busBecomes (t: Test, { nodes }: Cluster, well: boolean): Promise<void> {
  for (const { address } of nodes) {
    await until(async () => {
      const { status, bus } = await readiness(address)
      if (status !== 200) t.fail(`a node is not ready while its bus is ${String(bus)}: ${status}`)
      return bus
    }, (bus) => bus === well)
  }
}

// They wait most of the time, each for a Redis and nodes of its own.
t.jobs = 3

for (const [how, stop] of [['killed', 'kill'], ['frozen', 'pause']] as const) {
  t.test(`with Redis ${how} devices on the other node are logged out within 2.5 s, DELETE stays correct, and Redis back makes it fast again`, { buffered: true }, async (t) => {
    const redis = await startRedis(t)
    if (redis === null) return
    const cluster = await startNodes(t, 2, { redis: redis.url, options })
    const laptop = await logIn(cluster.nodes[0].address)
    await busBecomes(t, cluster, true)

    await redis[stop]()
    const first = await endAcross(t, cluster, laptop)
    t.ok(first.heard < WITHIN_MS, `the first one after the loss was heard after ${first.heard.toFixed()} ms`)
    await busBecomes(t, cluster, false)
    const without = await endSeveral(t, cluster, laptop)
    t.ok(without.slowest < WITHIN_MS, `without Redis, heard/answered in ms: ${without.all}`)

    await (stop === 'kill' ? redis.start() : redis.resume())
    await busBecomes(t, cluster, true)
    const back = await endSeveral(t, cluster, laptop)
    const times = `${back.all}; without Redis ${without.all}`
    t.ok(back.heard < without.heard / 2, `heard fast again: ${times}`)
    t.ok(back.answered < without.answered / 2, `answered fast again: ${times}`)
  })
}

t.test('two nodes that were never given a Redis hear of each other within 2.5 s', { buffered: true }, async (t) => {
  const cluster = await startNodes(t, 2, { redis: null, options })
  const laptop = await logIn(cluster.nodes[0].address)
  const { slowest, all } = await endSeveral(t, cluster, laptop)
  t.ok(slowest < WITHIN_MS, `heard/answered in ms: ${all}`)
})
