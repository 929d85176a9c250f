/** One fault's stage: the nodes, and the constant life on them: users come, ask, hold sockets, and are logged out. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Control } from './control.ts'
import type { History, Revocation, TestSession } from './history.ts'
import { createLiveSockets, type LiveSockets } from './live-sockets.ts'
import type { Population, TestUser } from './population.ts'
import { createRevoker, type Revoker } from './revoker.ts'
import { createTraffic, type Traffic } from './traffic.ts'
import type { World } from './world.ts'

export interface Load {
  /** Guarded requests a second at each node. */
  requests: number
  /** Revocations a second. */
  revocations: number
}

export interface Scene {
  world: World
  history: History
  population: Population
  traffic: Traffic
  revoker: Revoker
  sockets: LiveSockets
  /** How long a fault lasts that has no length of its own, in ms. */
  holdMs: number
  /** T, in ms. */
  leaseMs: number
  say: (text: string) => void
  /** Users whose sessions nobody ends. */
  bystanders: TestUser[]
  /** No more revocations; what is under way is waited for, then everything that ended is asked once more at every node. */
  drain: () => Promise<void>
  close: () => void
}

const STAGED = 120
const TARGETS = 3
const BYSTANDERS = 40
const LOGGED_IN = 8
const EVERY_MS = 20
const MAX_OPEN = 150
/** A node that never answers must not hold up the run. */
const DRAIN_WITHIN_MS = 45_000
const ATTEMPTS = 3
const REPEATS = 20
const REPEAT_AFTER_MS = 1_000
const MAX_ASKED_AGAIN = 3_000
const MAX_ASKED_AT_ONCE = 150

export async function openScene (options: Pick<Scene, 'world' | 'history' | 'population' | 'holdMs' | 'say'> & { load: Load, control: Control }): Promise<Scene> {
  const { world, history, population, load, control } = options
  const traffic = createTraffic({ world, history, control, perSecond: load.requests })
  const revoker = createRevoker({ world, history, traffic })
  const sockets = createLiveSockets({ world, history })
  const staged: TestUser[] = []
  let spare: TestUser[] = []
  let refilling = false
  let owed = 0
  let turn = 0
  const state = { closing: false }

  function stage (user: TestUser): void {
    staged.push(user)
    for (const session of [user.keeper, ...user.targets]) traffic.living.add(session)
    const [first, second] = user.targets
    if (first !== undefined) sockets.open(first, turn++ % world.nodes.length)
    if (second !== undefined && turn % 3 === 0) sockets.open(second, turn++ % world.nodes.length)
  }

  function refill (): void {
    while (staged.length < STAGED && spare.length > 0) stage(spare.pop() as TestUser)
    if (spare.length > STAGED || refilling) return
    refilling = true
    population.insert(4 * STAGED, TARGETS).then((users) => { spare = [...users, ...spare] }, () => {}).finally(() => { refilling = false })
  }

  spare = await population.insert(4 * STAGED, TARGETS)
  await Promise.all(world.nodes.map(async ({ line }) => {
    for (let user = 0; user < LOGGED_IN; user++) stage(await population.logIn(line, TARGETS))
  }))
  const bystanders = await population.insert(BYSTANDERS, 1)
  for (const [index, { keeper, targets }] of bystanders.entries()) {
    for (const session of [keeper, ...targets]) traffic.living.add(session)
    sockets.open(keeper, index % world.nodes.length)
  }
  refill()

  const timer = setInterval(() => {
    refill()
    owed = Math.min(owed + control.pace() * load.revocations * EVERY_MS / 1_000, load.revocations)
    while (owed >= 1 && revoker.open() < MAX_OPEN && staged.length > STAGED / 2) {
      owed--
      const user = staged.shift() as TestUser
      const node = Math.floor(Math.random() * world.nodes.length)
      const keeperLives = (): boolean => traffic.living.has(user.keeper)
      void revoker.revokeOf(user, node).then(async (record) => {
        if (record.status !== 200) await again(record, (node + 1) % world.nodes.length)
        if (user.targets.length > 0 && keeperLives()) staged.push(user)
        else for (const session of [user.keeper, ...user.targets]) traffic.living.delete(session)
      })
    }
  }, EVERY_MS)

  /** Whoever got no 200 asks again, at another node, until there is one. */
  async function again ({ sessions }: Revocation, first: number): Promise<void> {
    for (const [index, session] of sessions.entries()) {
      for (let tries = 0; tries < REPEATS && !state.closing; tries++) {
        await delay(REPEAT_AFTER_MS)
        if (state.closing) return
        const { status } = await revoker.revoke('repeated', (first + index + tries) % world.nodes.length, { method: 'POST', path: `/revoke/${session.id}` }, [session])
        if (status === 200) break
      }
    }
  }

  async function settled (done: () => boolean): Promise<void> {
    const until = performance.now() + DRAIN_WITHIN_MS
    while (!done() && performance.now() < until) await delay(20)
  }

  return {
    ...options,
    leaseMs: world.timing.leaseMs,
    traffic,
    revoker,
    sockets,
    bystanders,
    async drain () {
      clearInterval(timer)
      state.closing = true
      await settled(() => revoker.open() === 0)
      traffic.stop()
      await settled(() => traffic.waiting() === 0)
      const over = new Set<TestSession>(history.revocations.filter(({ status }) => status === 200).flatMap(({ sessions }) => sessions))
      for (const session of [...over].slice(-MAX_ASKED_AGAIN)) {
        // A node reads so many rows at once, and refuses the rest: that is not what is asked here.
        await settled(() => traffic.waiting() < MAX_ASKED_AT_ONCE)
        for (const { index } of world.nodes) for (let tries = 0; tries < ATTEMPTS && !traffic.probe(session, index); tries++) await delay(20)
      }
      await settled(() => traffic.waiting() === 0)
      await settled(() => !history.sockets.some((socket) => socket.closedAt === Infinity && over.has(socket.session)))
    },
    close () {
      clearInterval(timer)
      traffic.close()
      revoker.close()
      sockets.close()
    }
  }
}
