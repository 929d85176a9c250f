/** docs/PROTOCOL.md maps every message, close code and state of the client to a test that exists and names it. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { LiveState } from '../src/client/api.ts'
import { CLOSE_CODES, type ClientMessage, type ServerMessage } from '../src/protocol.ts'

const root = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

// A record that lacks one, or has one too many, does not compile.
const MESSAGES = {
  welcome: true, logout: true, sessions_changed: true, notice: true, heartbeat: true, ack: true
} satisfies Record<(ServerMessage | ClientMessage)['type'], true>
const ACK_STATES = { delivered: true, wiped: true } satisfies Record<ClientMessage['state'], true>
const STATES = {
  connecting: true, open: true, waiting: true, confirming: true, offline: true, signedOut: true, closed: true
} satisfies Record<LiveState, true>

/** The text between quotes of each `test('…'`, and the code up to the next one. */
function testsOf (text: string): Array<{ title: string, code: string }> {
  return text.split(/^(?= *t\.test\()/m).slice(1).map((code) => {
    const [, single, template] = /^ *t\.test\((?:'((?:\\.|[^'\\])*)'|`((?:\\.|[^`\\])*)`)/.exec(code) ?? []
    return { title: (single ?? template ?? '').replace(/\\(.)/g, '$1'), code }
  })
}

/** `| message `welcome` | `test/x.test.ts`: "part of its title" |` */
const rows = [...(read('docs/PROTOCOL.md').split('\n## Tested by\n')[1]?.split('\n## ')[0] ?? '')
  .matchAll(/^\| (message|ack|close code|state) `(\w+)` \| (.+) \|$/gm)]
  .map(([, kind = '', name = '', tests = '']) => ({ id: `${kind} ${name}`, name, tests: tests.split('<br>') }))

t.test('every message, receipt, close code and state of the client has one row, and nothing else has', async (t) => {
  t.same(rows.map(({ id }) => id).sort(), [
    ...Object.keys(MESSAGES).map((name) => `message ${name}`),
    ...Object.keys(ACK_STATES).map((name) => `ack ${name}`),
    ...Object.values(CLOSE_CODES).map((code) => `close code ${code}`),
    ...Object.keys(STATES).map((name) => `state ${name}`)
  ].sort())
})

t.test('every test of the map exists, and names what it is there for', async (t) => {
  for (const { id, name, tests } of rows) {
    for (const entry of tests) {
      const [, file = '', title = ''] = /^`(test\/[\w/.-]+\.test\.ts)`: "([^"]+)"$/.exec(entry) ?? []
      if (file === '' || !existsSync(join(root, file))) {
        t.fail(`${id}: not a test: ${entry}`)
        continue
      }
      const found = testsOf(read(file)).filter((one) => one.title.includes(title))
      t.equal(found.length, 1, `${id}: ${file} has one test "${title}"`)
      t.match(found[0]?.code, new RegExp(`\\b${name}\\b`), `${id}: "${title}" names it`)
    }
  }
})
