/** A guard on a route that the plugin does not reach lets nobody in, and says to the developer what is wrong. */
import Fastify, { type FastifyInstance } from 'fastify'
import t from 'tap'
import liveSessions, { requireRecentAuthentication, requireSession, sessionOf } from '../../plugins/index.ts'
import { ask, logIn } from '../helpers/device.ts'
import { prepare } from '../helpers/prepare.ts'

const GUARDS = ['requireSession', 'sessionOf', 'requireRecentAuthentication']

async function guarded (scope: FastifyInstance): Promise<void> {
  scope.get('/requireSession', { onRequest: requireSession }, async () => 'in')
  scope.get('/sessionOf', async (request) => sessionOf(request))
  scope.get('/requireRecentAuthentication', { onRequest: requireRecentAuthentication(60_000) }, async () => 'in')
}

t.test('in a sibling of the plugin\'s scope each guard refuses, and is logged once with the remedy', async (t) => {
  const { options } = await prepare(t)
  const lines: string[] = []
  const app = Fastify({ logger: { level: 'error', stream: { write: (line: string) => { lines.push(line) } } } })
  t.teardown(async () => { await app.close() })
  await app.register(async (scope) => { await scope.register(liveSessions, options) })
  await app.register(guarded)
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const { token } = await logIn(address)
  for (const guard of [...GUARDS, ...GUARDS]) {
    t.match(await ask(address, 'GET', `/${guard}`, { token }), { status: 401, body: { code: 'SESSION_REQUIRED' } }, guard)
  }
  const ours = lines.filter((line) => line.includes('fastify-plugin'))
  t.equal(ours.length, GUARDS.length)
  for (const guard of GUARDS) t.match(ours.find((line) => line.includes(`${guard} refuses everybody at GET /${guard}`)), /SESSION_CALL_INVALID/, guard)
})

t.test('without the plugin and without a logger it is a warning of the process', async (t) => {
  const heard: Error[] = []
  const listen = (warning: Error): void => { heard.push(warning) }
  process.on('warning', listen)
  t.teardown(() => { process.off('warning', listen) })
  const app = Fastify()
  t.teardown(async () => { await app.close() })
  // Another plugin's is no session of ours.
  app.decorateRequest('session', { getter: () => ({ userId: 'of another kind' }) as never })
  await app.register(guarded)
  for (const guard of [...GUARDS, ...GUARDS]) t.match(await app.inject(`/${guard}`), { statusCode: 401 }, guard)
  await new Promise(setImmediate)
  t.same(heard.filter(({ name }) => name === 'LiveSessionsWarning').map(({ message }) => / (\w+) refuses everybody at GET .* Register it at the root/.exec(message)?.[1]), GUARDS)
})
