/** DESIGN's rooms, kept by lint rules: each forbidden import is refused, each allowed one is not; and what a file owes its reader. */
import { join } from 'node:path'
import { ESLint } from 'eslint'
import t from 'tap'

const root = join(import.meta.dirname, '..')
const IMPORT_RULE = '@typescript-eslint/no-restricted-imports'
/** What a file of the product owes its reader. */
const OWED = /^house\/|\/max-len$/
// The others have nothing to say here, and take most of the time.
const eslint = new ESLint({ cwd: root, ruleFilter: ({ ruleId }) => ruleId === IMPORT_RULE || OWED.test(ruleId) })

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
  ['src/panel/x.ts', 'react'],
  ['src/panel/x.ts', '../errors.ts'],
  ['src/panel/x.ts', '../client/connection.ts'],
  ['src/panel/texts/x.ts', '../../options/options.ts'],
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
  ['src/panel/x.ts', "import { x } from '../client/index.ts'"],
  ['src/panel/texts/x.ts', "import type { X } from '../../protocol.ts'"],
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

/** The rules of this house that a file breaks. */
async function complaints (path: string, text: string): Promise<string[]> {
  const [result] = await eslint.lintText(text, { filePath: join(root, path) })
  return result?.messages.flatMap(({ ruleId }) => ruleId !== null && OWED.test(ruleId) ? [ruleId] : []) ?? []
}

t.test('the lint rules want a first line that says the idea of a product\'s file', async (t) => {
  for (const path of ['src/x.ts', 'src/session/x.ts', 'src/demo/pages/x.js', 'plugins/routes/x.ts']) {
    t.same(await complaints(path, 'export const x = 1\n'), ['house/first-line'], path)
    t.same(await complaints(path, '\n/** One idea. */\nexport const x = 1\n'), ['house/first-line'], path)
    t.same(await complaints(path, '#!/usr/bin/env node\nexport const x = 1\n'), ['house/first-line'], path)
    for (const first of ['/** One idea. */', '/* One idea. */', '/**\n * One idea.\n */', '// One idea.', '#!/usr/bin/env node\n/** One idea. */']) {
      t.same(await complaints(path, `${first}\nexport const x = 1\n`), [], first)
    }
  }
})

t.test('the lint rules want more than 200 lines to say why', async (t) => {
  const lines = (count: number): string => Array.from({ length: count }, (_, line) => `export const x${line} = 1\n`).join('')
  for (const path of ['src/session/x.ts', 'src/demo/pages/x.js', 'plugins/routes/x.ts']) {
    t.same(await complaints(path, `/** One idea. */\n${lines(199)}`), [], path)
    t.same(await complaints(path, `/** One idea. */\n${lines(200)}`), ['house/long'], path)
    t.same(await complaints(path, `/** One idea. */\n/** Long, because of this constant. */\n${lines(200)}`), ['house/long'], path)
    for (const first of ['/** One idea. Long, because it is. */', '/**\n * One idea. Long,\n * because it is.\n */', '#!/usr/bin/env node\n/** One idea. Long, because it is. */']) {
      t.same(await complaints(path, `${first}\n${lines(200)}`), [], first)
    }
  }
})

t.test('the lint rules refuse a file name that says nothing', async (t) => {
  const text = '/** One idea. */\nexport const x = 1\n'
  for (const name of ['util', 'utils', 'session-utils', 'helper', 'helpers', 'common', 'misc', 'data']) {
    for (const path of [`src/session/${name}.ts`, `plugins/${name}.ts`]) t.same(await complaints(path, text), ['house/file-name'], path)
  }
  for (const name of ['session-data', 'uncommon', 'sessions']) t.same(await complaints(`src/session/${name}.ts`, text), [], name)
})

t.test('the lint rules want lines that fit a screen, texts apart', async (t) => {
  const name = 'x'.repeat(120)
  for (const path of ['src/x.ts', 'src/panel/x.ts', 'src/demo/pages/x.js', 'plugins/routes/x.ts']) {
    t.same(await complaints(path, `/** One idea. */\nexport const ${name} = 1\n`), ['@stylistic/max-len'], path)
    t.same(await complaints(path, `/** One idea. ${name} */\nexport const x = 1\n`), ['@stylistic/max-len'], path)
    for (const text of [`'${name}'`, `\`${name}\``, `/${name}/`]) {
      t.same(await complaints(path, `/** One idea. */\nexport const x = ${text}\n`), [], path)
    }
  }
})
