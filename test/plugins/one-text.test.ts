/** A token has one text (R17), is read where it belongs (R20, A11), and costs nothing once it is known to be worthless (A9). */
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { buildApp, SECRET } from '../helpers/app.ts'
import { countStatements } from '../helpers/statement-counter.ts'
import { createDatabase } from '../helpers/database.ts'
import { ask, logIn } from '../helpers/device.ts'
import { decode, forge } from '../helpers/forge.ts'
import { askRaw } from '../helpers/wire.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Other texts of this part that decoders take for the same bytes. */
function othersOf (part: string): string[] {
  const bytes = Buffer.from(part, 'base64url')
  const last = ALPHABET.indexOf(part.at(-1) as string)
  const bits = [0, 0, 15, 3][part.length % 4] as number
  const unused = Array.from({ length: bits }, (_, index) => part.slice(0, -1) + (ALPHABET[last ^ (index + 1)] as string))
  const others = [...unused, `${part}=`, `${part}==`, bytes.toString('base64'), ` ${part}`, `${part} `, `${part.slice(0, 4)}\t${part.slice(4)}`, `${part}A`, `${part}!`, `${part.slice(0, 3)}*${part.slice(3)}`]
  return others.filter((other) => other !== part)
}

t.test('a token has one text: unused bits, padding, blanks and other alphabets are 401, in each of its parts and by each way (R17)', async (t) => {
  const { address } = await buildApp(t)
  // Different lengths have different numbers of unused bits.
  for (const userId of ['u@example.com', 'us@example.com', 'use@example.com']) {
    const { token, ask: askAs } = await logIn(address, userId)
    const parts = token.split('.')
    for (const [index, part] of parts.entries()) {
      for (const other of othersOf(part)) {
        const text = parts.with(index, other).join('.')
        if (text.trim() === token) continue
        t.match(await askRaw(address, 'GET', '/api/sessions/current', { authorization: `Bearer ${text}` }), /^HTTP\/1\.1 401 [^]*SESSION_TOKEN_INVALID/, JSON.stringify(text.slice(-12)))
        t.match(await askRaw(address, 'GET', '/api/sessions/current', { cookie: `session=${encodeURIComponent(text)}` }), /^HTTP\/1\.1 401 [^]*SESSION_TOKEN_INVALID/)
      }
    }
    for (const text of [`${token}.`, `.${token}`, `${token}.${parts[2] as string}`, parts.slice(0, 2).join('.')]) t.equal((await ask(address, 'GET', '/api/sessions/current', { token: text })).status, 401)
    t.equal((await askAs('GET', '/api/sessions/current')).status, 200)
  }
})

t.test('the subprotocol\'s token is read in handshakes alone: on plain HTTP it opens nothing (R20)', async (t) => {
  const { address } = await buildApp(t)
  const { token, id } = await logIn(address)
  const protocol = { 'sec-websocket-protocol': `live-sessions.v1, bearer.${token}` }
  for (const headers of [{}, { upgrade: 'websocket' }, { connection: 'upgrade, close' }, { upgrade: 'h2c', connection: 'upgrade, close' }, { upgrade: 'websocket', connection: 'upgrade, close' }]) {
    t.match(await askRaw(address, 'GET', '/api/sessions/current', { ...protocol, ...headers }),
      /^HTTP\/1\.1 401 [^]*SESSION_REQUIRED/, JSON.stringify(headers))
  }
  for (const [method, path] of [['DELETE', `/api/sessions/${id}`], ['POST', '/api/auth/logout'], ['GET', '/api/sessions/socket']] as const) {
    t.match(await askRaw(address, method, path, protocol), /^HTTP\/1\.1 401 [^]*SESSION_REQUIRED/, path)
  }
})

t.test('an ended token that asks to end everything, again and again, costs no statement after the first; a living one still ends all', async (t) => {
  const database = await createDatabase(t)
  const counter = await countStatements(t, database.url)
  const { address } = await buildApp(t, { database, options: { database: { url: counter.url, pool: { min: 0, max: 5 } } } })
  const device = await logIn(address)
  t.match(await device.ask('POST', '/api/auth/logout'), { status: 200, body: { count: 1 } })
  const ofSessions = (): string[] => counter.take().filter((statement) => /revoked_xid|update|insert|where id = /.test(statement) && !statement.includes('union all') && !/insert into \S*live_session_node|update \S*live_session_node/.test(statement))
  t.match(await device.ask('DELETE', '/api/sessions'), { status: 200, body: { count: 0 } })
  ofSessions()
  for (let index = 0; index < 50; index++) t.match(await device.ask('DELETE', '/api/sessions'), { status: 200, body: { count: 0, revoked: [], confirmed: true } })
  t.same(ofSessions(), [])
  const [one, other] = [await logIn(address), await logIn(address)]
  t.match(await device.ask('DELETE', '/api/sessions'), { status: 200, body: { count: 0 } })
  t.match(await one.ask('DELETE', '/api/sessions'), { status: 200, body: { count: 2 } })
  t.equal((await other.ask('GET', '/api/sessions/current')).status, 401)
})

t.test('an ended token that logs out again and again costs no statement, and another user\'s end of it stays unknown', async (t) => {
  const database = await createDatabase(t)
  const counter = await countStatements(t, database.url)
  const { address, app } = await buildApp(t, { database, options: { database: { url: counter.url, pool: { min: 0, max: 5 } } } })
  const [device, stranger] = [await logIn(address), await logIn(address, 'second@example.com')]
  t.match(await device.ask('POST', '/api/auth/logout'), { status: 200, body: { count: 1 } })
  const ofSessions = (): string[] => counter.take().filter((statement) => /update|insert|where id = /.test(statement) && !statement.includes('live_session_node'))
  ofSessions()
  for (let index = 0; index < 50; index++) {
    t.match(await device.ask('POST', '/api/auth/logout'), { status: 200, body: { count: 0, revoked: [], confirmed: true } })
    t.match(await device.ask('DELETE', `/api/sessions/${device.id.toUpperCase()}`), { status: 200, body: { count: 0 } })
  }
  t.same(ofSessions(), [])
  t.match(await stranger.ask('DELETE', `/api/sessions/${device.id}`), { status: 404, body: { code: 'SESSION_NOT_FOUND' } })
  await app.sessions.revoke(device.id, { userId: device.userId, reason: 'account_disabled' })
  t.match(await database.query("select user_id from live_session_event where type = 'credentials_changed'"), [{ user_id: device.userId }], 'what changes credentials is noted all the same')
})

t.test('well signed tokens of a session that is not there cost one read, but for those so young that it may still come to be', async (t) => {
  const database = await createDatabase(t)
  const counter = await countStatements(t, database.url)
  const { address } = await buildApp(t, { database, options: { database: { url: counter.url, pool: { min: 0, max: 5 } } } })
  const { token, id } = await logIn(address)
  const { header, payload } = decode(token)
  const iat = payload['iat'] as number
  const reads = (): number => counter.take().filter((statement) => /live_session where id = \$1/.test(statement)).length
  const old = forge(header, { ...payload, session_id: randomUUID(), iat: iat - 3_600 }, SECRET)
  await ask(address, 'GET', '/api/sessions/current', { token })
  reads()
  for (let index = 0; index < 50; index++) t.match(await ask(address, 'POST', '/api/auth/logout', { token: old }), { status: 401, body: { code: 'SESSION_REVOKED', reason: 'policy' } })
  t.ok(reads() <= 1)
  const sessionId = randomUUID()
  const young = forge(header, { ...payload, session_id: sessionId }, SECRET)
  t.equal((await ask(address, 'GET', '/api/sessions/current', { token: young })).status, 401)
  const columns = (await database.query<{ name: string }>("select column_name as name from information_schema.columns where table_name = 'live_session' and column_name <> 'id'")).map(({ name }) => name).join(', ')
  await database.query(`insert into live_session (id, ${columns}) select $1, ${columns} from live_session where id = $2`, [sessionId, id])
  t.equal((await ask(address, 'GET', '/api/sessions/current', { token: young })).status, 200, 'its transaction has committed')
})
