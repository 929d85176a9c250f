/** Safari says that an iPad is a Mac: what the login's body says of the screen decides it. */
import t from 'tap'
import { buildApp, PASSWORD } from '../helpers/app.ts'
import { ask } from '../helpers/device.ts'

const SAFARI = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15'

t.test('a login from a page that knows of touches names the iPad, and nobody else\'s guess does', async (t) => {
  const { address } = await buildApp(t)
  const login = async (device: object) => await ask(address, 'POST', '/api/auth/login', {
    body: { email: 'ada@example.com', password: PASSWORD, device },
    headers: { 'user-agent': SAFARI }
  })
  t.match(await login({ touch: true }), { body: { session: { deviceName: 'Safari on iPad', deviceType: 'tablet' } } })
  t.match(await login({ touch: false }), { body: { session: { deviceName: 'Safari on Mac', deviceType: 'desktop' } } })
  t.match(await login({}), { body: { session: { deviceName: 'Safari on Mac or iPad', deviceType: 'desktop' } } })
  t.match(await login({ touch: true, name: 'Oma' }), { body: { session: { deviceName: 'Oma' } } }, 'a name of its own comes first')
})
