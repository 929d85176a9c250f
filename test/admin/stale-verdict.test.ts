/** A slow upload outlives nobody's rights (R4, R5, A3): who may act is asked again when the body is in, as the session is. */
import { once } from 'node:events'
import type { FastifyRequest } from 'fastify'
import t from 'tap'
import { connectTo, requestHead } from '../helpers/wire.ts'
import { logIn } from '../helpers/device.ts'
import { openOffice } from '../helpers/administration.ts'

const BODY = JSON.stringify({ filter: { userId: 'user@example.com' } })

interface HalfSent {
  /** The status of the answer, when the rest is sent. */
  finish: () => Promise<number>
}

/** The headers and half of the body; resolves when the server has asked who sends it. */
async function sendHalf (address: string, token: string, asked: Promise<unknown>): Promise<HalfSent> {
  const socket = connectTo(address)
  socket.write(requestHead('POST', '/api/admin/sessions/revoke', {
    authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-length': String(BODY.length), connection: 'close'
  }))
  socket.write(BODY.slice(0, 10))
  await asked
  return {
    async finish () {
      socket.write(BODY.slice(10))
      const chunks: Buffer[] = []
      for await (const chunk of socket) chunks.push(chunk as Buffer)
      return Number(/^HTTP\/1\.1 (\d+)/.exec(Buffer.concat(chunks).toString())?.[1])
    }
  }
}

for (const way of ['at once', 'as a promise'] as const) {
  t.test(`an administrator who is demoted while the body comes in ends nothing; authorize answers ${way}`, async (t) => {
    const questions = new EventTarget()
    let count = 0
    let demoted = false
    const { admin, address, database } = await openOffice(t, {
      options: {
        admin: {
          authorize: (request: FastifyRequest) => {
            count++
            setImmediate(() => { questions.dispatchEvent(new Event('asked')) })
            const allowed = !demoted && request.session?.userId === 'admin@example.com'
            return way === 'at once' ? allowed : Promise.resolve(allowed)
          }
        }
      }
    })
    await logIn(address)
    const kept = await sendHalf(address, admin.token, once(questions, 'asked'))
    demoted = true
    t.equal(await kept.finish(), 403)
    t.match(await database.query('select count(*)::int as n from live_session where revoked_at is null'), [{ n: 2 }])
    demoted = false
    const other = await sendHalf(address, admin.token, once(questions, 'asked'))
    t.equal(await other.finish(), 200, 'who keeps the right goes on')
    count = 0
    t.equal((await admin.ask('GET', '/api/admin/sessions')).status, 200)
    t.equal(count, 1, 'without anything to wait for it is asked once')
  })
}

t.test('nor does one whose session ends, or whose confirmed password grows too old, meanwhile', async (t) => {
  const questions = new EventTarget()
  const { admin, app, address, database } = await openOffice(t, {
    options: {
      reauthenticateWithinMs: 3_600_000,
      admin: {
        authorize: async () => {
          setImmediate(() => { questions.dispatchEvent(new Event('asked')) })
          return true
        }
      }
    }
  })
  await logIn(address)
  const old = await sendHalf(address, admin.token, once(questions, 'asked'))
  await database.query("update live_session set authenticated_at = now() - interval '61 minutes'")
  t.equal(await old.finish(), 403)
  await database.query('update live_session set authenticated_at = now()')
  const ended = await sendHalf(address, admin.token, once(questions, 'asked'))
  await app.sessions.revoke(admin.id)
  t.equal(await ended.finish(), 401)
  t.match(await database.query('select count(*)::int as n from live_session where revoked_at is null'), [{ n: 1 }])
})

t.test('a session that ends while authorize is asked the second time ends nothing', async (t) => {
  let end: (() => Promise<unknown>) | null = null
  const { admin, app, address, database, revoke } = await openOffice(t, {
    options: {
      admin: {
        authorize: async () => {
          if (count++ > 0) await end?.()
          return true
        }
      }
    }
  })
  let count = 0
  await logIn(address)
  end = async () => await app.sessions.revoke(admin.id)
  const slow = await sendHalf(address, admin.token, once(app.server, 'connection'))
  t.equal(await slow.finish(), 401)
  t.match(await database.query('select count(*)::int as n from live_session where revoked_at is null'), [{ n: 1 }])
  t.equal((await revoke({ filter: { userId: 'user@example.com' } })).status, 401)
})
