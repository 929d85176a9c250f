/** A logout whose session ends while its request is under way gets its report: the repeat that the contract promises an answer. */
import t from 'tap'
import { buildApp } from '../helpers/app.ts'
import { logIn, type Device } from '../helpers/device.ts'
import { connectTo, requestHead } from '../helpers/wire.ts'

/** A request whose body waits until `meanwhile` is over; the whole answer as text. */
async function slowly (address: string, device: Device, { method, path, arrived, meanwhile }: { method: string, path: string, arrived: Promise<void>, meanwhile: () => Promise<void> }): Promise<string> {
  const connection = connectTo(address)
  connection.write(requestHead(method, path, { authorization: `Bearer ${device.token}`, 'content-type': 'application/json', 'content-length': '2', connection: 'close' }))
  connection.write('{')
  await arrived
  await meanwhile()
  connection.write('}')
  const chunks: Buffer[] = []
  for await (const chunk of connection) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

const ROUTES: ReadonlyArray<readonly [method: string, path: (own: string, other: string) => string, answer: RegExp]> = [
  ['POST', () => '/api/auth/logout', /^HTTP\/1\.1 200 [^]*set-cookie: session=; [^]*"count":0,/],
  ['DELETE', () => '/api/sessions', /^HTTP\/1\.1 200 [^]*set-cookie: session=; [^]*"count":0,/],
  ['DELETE', (own) => `/api/sessions/${own}`, /^HTTP\/1\.1 200 [^]*set-cookie: session=; [^]*"count":0,/],
  ['DELETE', (own) => `/api/sessions/${own.toUpperCase()}`, /^HTTP\/1\.1 200 [^]*set-cookie: session=; [^]*"count":0,/],
  ['DELETE', (_own, other) => `/api/sessions/${other}`, /^HTTP\/1\.1 401 [^]*"SESSION_REVOKED"/],
  ['DELETE', () => '/api/sessions/others', /^HTTP\/1\.1 401 [^]*"SESSION_REVOKED"/]
]

t.test('a session that ends after its request was let in gets the report from the three routes that end it, and 401 from the others', async (t) => {
  let began: () => void = () => {}
  const { address } = await buildApp(t, {
    before: (app) => {
      app.addHook('preParsing', (_request, _reply, payload, done) => {
        began()
        done(null, payload)
      })
    }
  })
  for (const [method, path, answer] of ROUTES) {
    const [device, other] = [await logIn(address), await logIn(address)]
    const arrived = new Promise<void>((resolve) => { began = resolve })
    const meanwhile = async (): Promise<void> => { t.equal((await other.ask('DELETE', `/api/sessions/${device.id}`)).status, 200) }
    t.match(await slowly(address, device, { method, path: path(device.id, other.id), arrived, meanwhile }), answer, `${method} ${path('own', 'other')}`)
    t.equal((await other.ask('GET', '/api/sessions/current')).status, 200, 'it ends nothing more')
  }
})
