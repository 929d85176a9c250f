/** DESIGN's rooms, kept by lint rules: each forbidden import is refused, each allowed one is not; and what a file owes its reader. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ESLint } from 'eslint'
import t from 'tap'

const root = join(import.meta.dirname, '..')
const eslint = new ESLint({ cwd: root })
const IMPORT_RULE = '@typescript-eslint/no-restricted-imports'

async function isRefused (path: string, statement: string): Promise<boolean> {
  const [result] = await eslint.lintText(`${statement}\n`, { filePath: join(root, path) })
  return result?.messages.some(({ ruleId }) => ruleId === IMPORT_RULE) ?? false
}

const FORBIDDEN: ReadonlyArray<readonly [path: string, from: string]> = [
  ['src/session/x.ts', 'fastify'],
  ['src/push/x.ts', 'fastify-plugin'],
  ['src/x.ts', '@fastify/jwt'],
  ['src/session/x.ts', '../../plugins/index.ts'],
  ['src/session/x.ts', '../push/socket-registry.ts'],
  ['src/revocation/x.ts', '../session/store/sessions.ts'],
  ['src/admission/x.ts', '../demo/config.ts'],
  ['src/session/x.ts', '../client/index.ts'],
  ['src/session/x.ts', 'ua-parser-js'],
  ['src/session/x.ts', 'fastify-live-sessions'],
  ['src/options/options.ts', './session/session-store.ts'],
  ['src/database/migrations/x.ts', '../sql.ts'],
  ['src/protocol.ts', 'node:fs'],
  ['src/errors.ts', './options/options.ts'],
  ['src/client/x.ts', 'ws'],
  ['src/client/x.ts', '../errors.ts'],
  ['src/demo/x.ts', '../database/migrate.ts'],
  ['src/demo/x.ts', '../options/options.ts'],
  ['src/demo/x.ts', '../errors.ts'],
  ['src/demo/x.ts', '../../plugins/index.ts'],
  ['plugins/x.ts', '../src/demo/config.ts'],
  ['plugins/x.ts', 'fastify-live-sessions']
]

const ALLOWED: ReadonlyArray<readonly [path: string, statement: string]> = [
  ['src/errors.ts', "import x from '@fastify/error'"],
  ['src/session/x.ts', "import { x } from '../errors.ts'"],
  ['src/session/x.ts', "import { x } from './store/sessions.ts'"],
  ['src/session/x.ts', "import type { X } from '../push/socket-registry.ts'"],
  ['src/node.ts', "import { x } from './session/activity.ts'"],
  ['src/device/device.ts', "import x from 'ua-parser-js'"],
  ['src/client/x.ts', "import { x } from '../protocol.ts'"],
  ['src/client/x.ts', "import { x } from './backoff.ts'"],
  ['src/demo/x.ts', "import x from 'fastify-live-sessions'"],
  ['src/demo/x.ts', "import x from 'fastify'"],
  ['plugins/x.ts', "import { x } from '../src/options/options.ts'"],
  ['plugins/x.ts', "import x from 'fastify'"]
]

t.test('the lint rules refuse what no room may import', async (t) => {
  for (const [path, from] of FORBIDDEN) t.ok(await isRefused(path, `import { x } from '${from}'`), `${path} ← ${from}`)
})

t.test('the lint rules let through what DESIGN allows', async (t) => {
  for (const [path, statement] of ALLOWED) t.notOk(await isRefused(path, statement), `${path}: ${statement}`)
})

const productFiles = ['src', 'plugins'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|js)$/.test(name)).map((name) => join(folder, name)))

t.test('the first line of every file says its idea', async (t) => {
  for (const path of productFiles) {
    const [first = ''] = readFileSync(join(root, path), 'utf8').replace(/^#!.*\n/, '').split('\n', 1)
    t.match(first, /^(\/\*\*? |\/\*\*?$|\/\/ )/, path)
  }
})

t.test('no file has a name that says nothing', async (t) => {
  for (const path of productFiles) t.notMatch(basename(path), /(^|-)(utils?|helpers?|common|misc)\.|^data\./, path)
})
