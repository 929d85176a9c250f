/** `list`: a user's sessions and nobody else's; names that would steer a terminal are shown harmless (R33). */
import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { Session } from '../../src/protocol.ts'
import { openRows } from '../helpers/session-rows.ts'
import { parsed, runCommand } from '../helpers/command-line.ts'

t.test('the living ones as a table, with --ended all that are kept, with --json as the routes show them', async (t) => {
  const { test: { url, query }, insert, endOne } = await openRows(t)
  const [phone, laptop] = [await insert('ada'), await insert('ada')]
  const other = await insert('bob')
  await endOne(laptop.id)
  await query('update live_session set device_name = $2 where id = $1', [phone.id, 'My \u001b[2Jphone\u202e'])

  const list = await runCommand(['list', '--user', 'ada'], { DATABASE_URL: url }, { asBuilt: true })
  t.match(list, { code: 0, stderr: '', stdout: /^ID +DEVICE +ADDRESS +SIGNED IN +LAST ACTIVE +STATE\n[^\n]* active\n\n1 session; times are UTC\.\n$/ })
  t.match(list.stdout, phone.id)
  t.match(list.stdout, 'My \ufffd[2Jphone\ufffd', 'without what would steer the terminal')
  t.notMatch(list.stdout, '\u001b')

  const all = await runCommand(['list', '--user', 'ada', '--ended', '--url', url])
  t.match(all.stdout, new RegExp(`${laptop.id}[^\n]* revoked [^\n]*: revoked_by_user by someone`))
  t.match(all.stdout, /2 sessions/)
  t.notMatch(all.stdout, other.id)

  const { userId, sessions } = parsed<{ userId: string, sessions: Session[] }>(await runCommand(['list', '--user', 'ada', '--ended', '--json', '--url', url]))
  t.equal(userId, 'ada')
  t.match(sessions.find(({ id }) => id === laptop.id), { status: 'revoked', revokedReason: 'revoked_by_user', deviceName: 'curl' })
  t.match(sessions.find(({ id }) => id === phone.id), { status: 'active', ipAddress: '192.0.2.1' })
})

t.test('a user without sessions is no failure', async (t) => {
  const { test: { url } } = await openRows(t)
  t.match(await runCommand(['list', '--user', randomUUID(), '--url', url]), { code: 0, stdout: /has no sessions/ })
  t.match(parsed(await runCommand(['list', '--user', 'x', '--json', '--url', url])), { userId: 'x', sessions: [] })
})
