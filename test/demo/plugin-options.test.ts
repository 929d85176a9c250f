/** How SESSION_OPTIONS meet the options that the demo sets itself. */
import { test } from 'tap'
import { merge } from '../../src/demo/plugin-options.ts'

test('a group keeps what the other side leaves unsaid, everything else is replaced', async (t) => {
  const merged = merge(
    { login: { verify: 'kept', failuresPerMinute: 30 }, allowedOrigins: ['a'], leaseMs: 1 },
    { login: { failuresPerMinute: 0 }, allowedOrigins: ['b'], leaseMs: 2, socket: { heartbeatMs: 3 } }
  )
  t.same(merged, { login: { verify: 'kept', failuresPerMinute: 0 }, allowedOrigins: ['b'], leaseMs: 2, socket: { heartbeatMs: 3 } })
})

test('a name like __proto__ stays a name', async (t) => {
  const merged = merge({ login: {} }, JSON.parse('{"__proto__":{"polluted":true},"login":{"__proto__":{"polluted":true}}}') as object)
  t.notOk('polluted' in merged)
  t.notOk('polluted' in {})
  t.ok(Object.hasOwn(merged, '__proto__'))
})
