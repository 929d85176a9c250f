/** Random bodies, ids, queries and headers: whatever comes in, no route answers 500 (R24). */
import fc from 'fast-check'
import t from 'tap'
import { buildApp, PASSWORD } from '../helpers/app.ts'
import { ask, logIn } from '../helpers/device.ts'
import { anyCharacter } from '../helpers/random-characters.ts'
import { askRaw } from '../helpers/wire.ts'

const RUNS = { numRuns: 150 }
const text = fc.string({ unit: anyCharacter, maxLength: 400 })
const surrogates = fc.array(fc.integer({ min: 0, max: 0xFFFF }), { maxLength: 40 }).map((units) => String.fromCharCode(...units))
const anyText = fc.oneof(text, surrogates, fc.constantFrom('', '\0', '__proto__', 'constructor', '\ud800'))
const anything = fc.oneof({ weight: 3, arbitrary: anyText }, fc.jsonValue())

t.test('no login body is answered with 500', async (t) => {
  const { address } = await buildApp(t)
  const body = fc.oneof(fc.jsonValue(), fc.record({
    email: anything,
    password: fc.oneof(anything, fc.constant(PASSWORD)),
    transport: fc.oneof(fc.constantFrom('bearer', 'cookie'), anything),
    device: fc.oneof(anything, fc.record({ id: anything, name: anything, clientId: anything }, { requiredKeys: [] }))
  }, { requiredKeys: [] }), fc.record({ email: anyText, password: fc.constant(PASSWORD), device: fc.record({ id: anyText, name: anyText, clientId: anyText }) }))
  await fc.assert(fc.asyncProperty(body, async (body) => {
    const { status } = await ask(address, 'POST', '/api/auth/login', { body, headers: { 'sec-fetch-site': 'same-origin' } })
    return status < 500
  }), RUNS)
  t.pass('none')
})

t.test('no body, id or query of the other routes is answered with 500', async (t) => {
  const { address } = await buildApp(t)
  const device = await logIn(address)
  const wellFormed = anyText.map((value) => encodeURIComponent(value.toWellFormed()))
  await fc.assert(fc.asyncProperty(fc.oneof(wellFormed, fc.constant(device.id)), anything, wellFormed, async (id, value, query) => {
    const answers = [
      await device.ask('PATCH', `/api/sessions/${id}`, { body: { deviceName: value } }),
      await device.ask('PATCH', `/api/sessions/${device.id}`, { body: value }),
      await device.ask('GET', `/api/sessions/${id}`),
      await device.ask('GET', `/api/sessions?include=${query}&${query}`)
    ]
    return answers.every(({ status }) => status < 500)
  }), RUNS)
  t.pass('none')
})

t.test('no header is answered with 500', async (t) => {
  const { address } = await buildApp(t)
  const { token } = await logIn(address)
  const value = fc.oneof(
    fc.string({ unit: fc.integer({ min: 0x20, max: 0xFF }).filter((code) => code !== 0x7F).map((code) => String.fromCharCode(code)), maxLength: 300 }),
    fc.constantFrom(`Bearer ${token}`, `session=${token}`, 'Bearer ..', 'session=%', 'null')
  )
  const names = ['authorization', 'cookie', 'origin', 'sec-fetch-site', 'user-agent', 'sec-ch-ua', 'sec-websocket-protocol', 'content-type', 'accept', 'x-forwarded-for', 'host']
  const headers = fc.dictionary(fc.constantFrom(...names), value)
  await fc.assert(fc.asyncProperty(headers, fc.constantFrom('GET', 'DELETE', 'POST'), async (headers, method) => {
    const paths = method === 'POST' ? ['/api/auth/login', '/api/auth/logout'] : ['/api/sessions/current', '/api/sessions/others']
    for (const path of paths) if (/^HTTP\/1\.1 5/.test(await askRaw(address, method, path, { ...headers, 'content-length': '0' }))) return false
    return true
  }), RUNS)
  t.pass('none')
})
