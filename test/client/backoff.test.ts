/** How many clients come back together: after a node's death they are spread over the window that they wait in. */
import t from 'tap'
import { backoffMs, pauseAfterClose, type Pause } from '../../src/client/backoff.ts'
import { CLOSE_CODES } from '../../src/protocol.ts'

const CLIENTS = 10_000
const NO_PAUSE: Pause = { atLeastMs: 0, spreadMs: 0 }

/** A generator with a seed, so that a failure can be repeated. */
function createRandom (seed: number): () => number {
  let state = seed
  return () => {
    state = Math.imul(state ^ (state >>> 15), state | 1) + 0x6D2B79F5 | 0
    return ((state ^ (state >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Tries in each second, and how long the window is in which they may come. */
function spread (waitOf: () => number): { busiest: number, even: number } {
  const waits = Array.from({ length: CLIENTS }, waitOf)
  const perSecond = new Map<number, number>()
  for (const ms of waits) perSecond.set(Math.floor(ms / 1_000), (perSecond.get(Math.floor(ms / 1_000)) ?? 0) + 1)
  return { busiest: Math.max(...perSecond.values()), even: CLIENTS / (Math.max(...waits) / 1_000) }
}

t.test('10,000 clients that a restarting node drops come back over its window: no second has three times the even rate', async (t) => {
  const random = createRandom(1)
  const pause = pauseAfterClose(CLOSE_CODES.restart) as Pause
  const { busiest, even } = spread(() => backoffMs(0, pause, random))
  t.ok(busiest < 3 * even, `${busiest} in the busiest second, ${Math.round(even)} would be even`)
  t.ok(even < CLIENTS / 4, 'the window is some seconds long')
})

for (const failures of [1, 2, 3, 5, 20]) {
  t.test(`10,000 clients that lost a node in the same moment, ${failures} failed tries ago, are spread as well`, async (t) => {
    const random = createRandom(failures)
    const { busiest, even } = spread(() => backoffMs(failures, NO_PAUSE, random))
    t.ok(busiest < 3 * even, `${busiest} in the busiest second, ${Math.round(even)} would be even`)
  })
}

t.test('a node that is dead for ten seconds gets its clients back over the window in which they wait by then', async (t) => {
  const random = createRandom(7)
  const deadForMs = 10_000
  const perSecond = new Map<number, number>()
  const windows: number[] = []
  for (let client = 0; client < CLIENTS; client++) {
    let at = 0
    let failures = 0
    while (at < deadForMs) at += backoffMs(failures++, NO_PAUSE, random)
    windows.push(backoffMs(failures - 1, NO_PAUSE, () => 1))
    perSecond.set(Math.floor(at / 1_000), (perSecond.get(Math.floor(at / 1_000)) ?? 0) + 1)
  }
  const window = windows.sort((a, b) => a - b)[CLIENTS / 2] as number
  const even = CLIENTS / (window / 1_000)
  const busiest = Math.max(...perSecond.values())
  t.ok(busiest < 3 * even, `${busiest} in the busiest second, ${Math.round(even)} would be even over ${window / 1_000} s`)
})
