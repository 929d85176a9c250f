/** G11: however many logins of one user run at once, on however many nodes, no more tokens are admitted than the limit says (R9). */
import t, { type Test } from 'tap'
import type { LiveSessionsOptions } from '../../plugins/index.ts'
import { ask, logIn } from '../helpers/device.ts'
import { buildApps, type Apps } from '../helpers/limited-apps.ts'
import { createHistory, mostAtOnce, type History } from '../helpers/login-history.ts'

const NODES = 4

/** Some devices that every node holds in memory; then all logins at once, while every node is asked about every token that was answered. */
async function storm (t: Test, cluster: Apps, { before, logins }: { before: number, logins: number }): Promise<History> {
  const history = createHistory()
  const addresses = cluster.apps.map(({ address }) => address)
  for (let index = 0; index < before; index++) history.answered(await logIn(cluster.addressOf(index)))
  for (const address of addresses) await history.probe(address)
  let probing: Promise<unknown> = Promise.resolve()
  let waiting = false
  const probeSoon = (): void => {
    if (waiting) return
    waiting = true
    probing = probing.then(() => {
      waiting = false
      return Promise.all(addresses.map(history.probe))
    })
  }
  const answers = await Promise.all(Array.from({ length: logins }, async (_, index) => {
    const answer = await logIn(cluster.addressOf(index)).then((device) => ({ device }), (error: Error) => ({ error }))
    if ('device' in answer) history.answered(answer.device)
    probeSoon()
    return answer
  }))
  await probing
  const failed = answers.filter((answer) => 'error' in answer).map(({ error }) => error.message)
  t.same(failed, [], 'every login was answered')
  return history
}

async function living ({ database }: Apps): Promise<number> {
  const [row] = await database.query<{ count: number }>('select count(*)::int as count from live_session where revoked_at is null')
  return row?.count ?? 0
}

const MODES: ReadonlyArray<[title: string, options: Partial<LiveSessionsOptions>, most: number, logins: number]> = [
  ['a limit of 3 never leaves more than 3', { maxSessions: 3 }, 3, 200],
  ['logoutFromAllDevices never leaves more than 1', { preventConcurrentLogin: 'logoutFromAllDevices' }, 1, 24],
  ['logoutFromSameTypeDevices never leaves more than 1 of a type', { preventConcurrentLogin: 'logoutFromSameTypeDevices' }, 1, 24]
]

for (const [title, options, most, logins] of MODES) {
  t.test(`of ${logins} logins at once over four nodes, ${title} admitted after its answer`, async (t) => {
    const cluster = await buildApps(t, NODES, { options })
    let late = 0
    const watched = setInterval(() => {
      void Promise.all(cluster.apps.map(async ({ app }) => { if (!(await app.sessions.health()).lease) late++ }))
    }, 100)
    const { lives } = await storm(t, cluster, { before: most, logins })
    clearInterval(watched)
    t.equal(late, 0, 'no node was ever without its lease: renewals are not starved by logins')
    t.equal(lives.length, logins + most)
    t.ok(mostAtOnce(lives) <= most, `${mostAtOnce(lives)} at most`)
    t.equal(await living(cluster), most)
  })
}

t.test('a place that a logout has freed is given away when the logout is certain on every node', async (t) => {
  const cluster = await buildApps(t, 2, { redis: false, options: { maxSessions: 1, whenFull: 'deny' } })
  const [here, there] = [cluster.addressOf(0), cluster.addressOf(1)]
  const history = createHistory()
  const first = await logIn(here)
  history.answered(first)
  await history.probe(there)
  const logout = first.ask('POST', '/api/auth/logout')
  // Until the logout has been committed the login is denied.
  let second = await ask<{ token?: string }>(here, 'POST', '/api/auth/login', { body: LOGIN })
  while (second.status === 403) second = await ask(here, 'POST', '/api/auth/login', { body: LOGIN })
  history.answered({ token: second.body.token as string })
  await Promise.all([history.probe(there), history.probe(here)])
  t.equal((await logout).status, 200)
  t.equal(mostAtOnce(history.lives), 1)
})

const LOGIN = { email: 'user@example.com', password: 'correct horse battery staple' }
