/** Session fixation (R6): a login makes a new id and a new token, whatever the client brings along. */
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { buildApp, PASSWORD, SECRET } from '../helpers/app.ts'
import { ask, logIn, type RequestOptions } from '../helpers/device.ts'
import { decode, forge } from '../helpers/forge.ts'
import { cookiePair } from '../helpers/wire.ts'

const LOGIN = { email: 'victim@example.com', password: PASSWORD }

t.test('R6: an id that a client supplies is never adopted, and the session it came with stays whose it was, or ends where its cookie is replaced', async (t) => {
  const { address, database } = await buildApp(t)
  const [attacker, ended] = [await logIn(address, 'attacker@example.com'), await logIn(address, 'attacker@example.com')]
  await ended.ask('POST', '/api/auth/logout')
  const planted = randomUUID()
  const { header, payload } = decode(attacker.token)
  const forged = forge(header, { ...payload, sub: LOGIN.email, session_id: planted }, SECRET)
  const ways: Record<string, RequestOptions & { query?: string }> = {
    'the cookie of another\'s session': { headers: { cookie: `session=${attacker.token}` } },
    'the token of another\'s session': { token: attacker.token },
    'the cookie of an ended session': { headers: { cookie: `session=${ended.token}` } },
    'a token for an id that does not exist': { token: forged },
    'its cookie': { headers: { cookie: `session=${forged}` } },
    'a bare id as the cookie': { headers: { cookie: `session=${planted}` } },
    'an id in the body': { body: { ...LOGIN, id: planted, session_id: planted, sessionId: planted, session: { id: planted }, token: forged } },
    'an id as the device\'s and the client\'s': { body: { ...LOGIN, device: { id: planted, clientId: planted, sessionId: planted } } },
    'another\'s id as the device\'s': { body: { ...LOGIN, device: { id: attacker.id } } },
    'another\'s id in the device\'s cookie': { headers: { cookie: `session-device=${attacker.id}` } },
    'an id in the query': { query: `?session_id=${planted}&id=${planted}` }
  }
  const ids = new Set([planted, attacker.id, ended.id])
  for (const [what, { query = '', body = LOGIN, ...options }] of Object.entries(ways)) {
    for (const transport of ['bearer', 'cookie']) {
      const answer = await ask<{ token?: string, session: { id: string } }>(address, 'POST', `/api/auth/login${query}`, {
        ...options, body: { ...body as object, transport }, headers: { 'sec-fetch-site': 'same-origin', ...options.headers }
      })
      t.equal(answer.status, 200, `${what}, ${transport}`)
      const token = answer.body.token ?? cookiePair(answer.headers, 'session').split('=')[1] ?? ''
      t.notOk(ids.has(answer.body.session.id), `${what}, ${transport}: a new id`)
      ids.add(answer.body.session.id)
      t.match(decode(token).payload, { sub: LOGIN.email, session_id: answer.body.session.id }, `${what}, ${transport}: in a new token`)
    }
  }
  t.match(await attacker.ask('GET', '/api/sessions/current'), { status: 401, body: { reason: 'replaced' } }, 'nobody has it any more, as far as its browser shows')
  t.same(await database.query('select user_id from live_session where id = $1', [attacker.id]), [{ user_id: 'attacker@example.com' }])
  t.same(await database.query('select user_id from live_session where id = $1', [planted]), [])
  t.equal((await ask(address, 'GET', '/api/sessions/current', { token: forged })).status, 401, 'and no later login made the forged token true')
})
