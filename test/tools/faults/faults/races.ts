/** Things that happen at the same moment, and very many at once. */
import { once, EventEmitter } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Fault } from '../fault.ts'
import { Line } from '../line.ts'
import type { TestSession } from '../history.ts'

const EQUAL = 50
const ROUNDS = 20
const READ_ROUNDS = 40
const READ_DELAY_MS = 120
const MASS = 100_000
/** Of the mass, those whose tokens and sockets are watched. */
const WATCHED = 1_000
const REPEATS = 20
/** Statements that were given up are still running in PostgreSQL. */
const SETTLING_MS = 5_000

export const raceFaults: Fault[] = [{
  name: 'equal-deletes',
  title: `${EQUAL} equal DELETEs at once, ${ROUNDS} times`,
  load: { revocations: 5 },
  async run ({ world, history, population, revoker }) {
    const users = await population.insert(ROUNDS, 1)
    for (const { keeper, targets } of users) {
      const [target] = targets as [TestSession]
      const all = await Promise.all(Array.from({ length: EQUAL }, (_, index) =>
        revoker.revoke('equal', index % world.nodes.length, { method: 'DELETE', path: `/api/sessions/${target.id}`, token: keeper.token }, [target])))
      const counted = all.reduce((sum, { count }) => sum + count, 0)
      if (counted !== 1) history.found.push(`${EQUAL} equal DELETEs counted ${counted} ends`)
    }
  }
}, {
  name: 'disable-against-login',
  title: `An account is disabled while logins of it are under way, ${ROUNDS} times`,
  async run ({ world, history }) {
    const verifying = new EventEmitter()
    for (const { process } of world.nodes) process.onMessage = (message) => { if (message.kind === 'verifying') verifying.emit(message.email) }
    for (let round = 0; round < ROUNDS; round++) {
      const email = `race-${round}@example.com`
      const [at, other] = [world.nodes[round % 3], world.nodes[(round + 1) % 3]] as [typeof world.nodes[0], typeof world.nodes[0]]
      const line = new Line(() => at.clients.port)
      const begun = once(verifying, email)
      const login = line.ask({ method: 'POST', path: '/api/auth/login', body: { email, password: 'any', delayMs: 50 + Math.random() * 200 } })
      await begun
      const { status } = await other.line.ask({ method: 'POST', path: `/disable/${encodeURIComponent(email)}` })
      if (status !== 200) history.found.push(`disabling was answered ${status}`)
      const { status: loggedIn, body } = await login
      if (loggedIn === 200) {
        const { status: admitted } = await other.line.ask({ path: '/me', token: String(body['token']) })
        if (admitted === 200) history.found.push('a login that was under way when its account was disabled is signed in')
      }
      line.close()
    }
  }
}, {
  name: 'revocation-during-read',
  title: `A revocation while a node reads the row (${READ_DELAY_MS} ms late), ${READ_ROUNDS} times`,
  async run ({ world, population, revoker, traffic }) {
    const [reader] = world.nodes
    reader.postgres.delayMs = READ_DELAY_MS
    const users = await population.insert(READ_ROUNDS, 1)
    for (const { keeper, targets } of users) {
      const [target] = targets as [TestSession]
      for (let request = 0; request < 10; request++) traffic.probe(target, reader.index)
      await delay(Math.random() * READ_DELAY_MS)
      await revoker.revoke('during a read', 1, { method: 'DELETE', path: `/api/sessions/${target.id}`, token: keeper.token }, [target])
    }
    reader.postgres.delayMs = 0
  }
}, {
  name: 'mass-end',
  title: `${MASS.toLocaleString('en')} sessions of one user are ended at once`,
  load: { requests: 100, revocations: 2 },
  async run ({ world, history, population, revoker, traffic, sockets, say }) {
    const [user] = await population.insert(1, WATCHED)
    if (user === undefined) return
    for (const [index, session] of user.targets.entries()) {
      traffic.living.add(session)
      if (index % 10 === 0) sockets.open(session, index % world.nodes.length)
    }
    await world.pool.query(`
      insert into live_session (id, user_id, device_name, device_type, user_agent, expires_at)
      select gen_random_uuid(), $1, 'A device', 'desktop', 'faults', now() + interval '30 days' from generate_series(1, $2)`, [user.id, MASS - WATCHED])
    await delay(2_000)
    // The database's own time is what it takes to end so many rows.
    const over = history.impair('all')
    for (let tries = 0; tries < REPEATS; tries++) {
      const { status, sentAt, answeredAt } = await revoker.revoke('mass', tries % world.nodes.length, { method: 'DELETE', path: '/api/sessions', token: user.keeper.token }, [user.keeper, ...user.targets])
      say(`answered ${status} after ${(answeredAt - sentAt).toFixed()} ms`)
      if (status === 200) break
      await delay(1_000)
    }
    await delay(SETTLING_MS)
    over()
  }
}]
