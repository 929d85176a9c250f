/** What counts as a message. */
import t from 'tap'
import { call, report } from '../../src/client/callbacks.ts'
import { parseMessage } from '../../src/client/messages.ts'

const welcome = { type: 'welcome', sessionId: 'session-1', heartbeatMs: 25_000, serverTime: '2026-11-23T00:00:00.000Z' }

t.test('the four messages are understood, with whatever a newer server adds', async (t) => {
  for (const message of [
    welcome,
    { ...welcome, more: true },
    { type: 'logout', eventId: 'e', sessionId: 's', reason: 'logout', at: 'now' },
    { type: 'sessions_changed', by: 'somebody' },
    { type: 'notice', kind: 'new_device', session: { id: 's' } }
  ]) t.same(parseMessage(JSON.stringify(message)), message)
})

t.test('everything else is no message', async (t) => {
  for (const frame of [
    '', 'x', 'null', '7', '"welcome"', '[]', '{}', '{"type":7}', '{"type":"__proto__"}', '{"type":"newer"}', '{"type":"welcome"}',
    ...[0, -1, 1e9, null, '25000'].map((heartbeatMs) => JSON.stringify({ ...welcome, heartbeatMs })),
    JSON.stringify({ ...welcome, sessionId: '' }),
    '{"type":"heartbeat"}', '{"type":"notice","kind":"new_device","session":null}', '{"type":["sessions_changed"]}',
    new ArrayBuffer(2), Buffer.from('{"type":"heartbeat"}'), undefined
  ]) t.equal(parseMessage(frame), null, String(frame))
})

t.test('where the platform has no reportError, an error is thrown from a microtask', async (t) => {
  const original = globalThis.queueMicrotask
  const tasks: Array<() => void> = []
  globalThis.queueMicrotask = (task) => { tasks.push(task) }
  t.teardown(() => { globalThis.queueMicrotask = original })
  call(() => { throw new Error('seen') })
  call(undefined)
  report(new Error('too'))
  globalThis.queueMicrotask = original
  t.throws(tasks[0]!, { message: 'seen' })
  t.throws(tasks[1]!, { message: 'too' })
})
