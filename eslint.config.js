/** Style (neostandard) and who may import whom: DESIGN's rooms as lint rules, so that nobody has to remember them. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import neostandard from 'neostandard'

const ROOMS = ['session', 'admission', 'revocation', 'push', 'notices']
/** What every room builds on. */
const FOUNDATIONS = ['options', 'app', 'async', 'database', 'device']

const noFastify = {
  regex: '^(fastify|fastify-plugin|@fastify/(?!error$).*)$',
  message: 'src/ is what a session is; Fastify appears in plugins/ only (@fastify/error apart).'
}
const noPlugins = { regex: '(^|/)plugins/', message: 'src/ never imports plugins/.' }
const noSelf = { regex: '^fastify-live-sessions(/|$)', message: 'Only the demo and the tests import the package by its name.' }
const noDemo = { regex: '(^|/)demo/', message: 'The demo is a consumer: nothing imports it.' }
const noClient = { regex: '(^|/)client/', message: 'The browser\'s side stands alone: the server never imports it.' }
const noUserAgentParser = { regex: '^ua-parser-js(/|$)', message: 'src/device/ alone reads user agents.' }
const noProductRooms = {
  regex: `^(\\./|(\\.\\./)+)(${[...ROOMS, 'cli'].join('|')})/`,
  message: 'What every room builds on imports no room.'
}

/** Forbids imports for some files. A later entry for the same file replaces an earlier one. */
const forbid = (files, patterns) => ({
  files,
  rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] }
})

const everywhereInSrc = [noFastify, noPlugins, noSelf, noDemo, noClient]

/** What a file of the product owes its reader. Its version is this file's: results that ESLint has kept count no more once a rule has changed. */
const house = {
  meta: { name: 'house', version: createHash('sha256').update(readFileSync(import.meta.filename)).digest('hex') },
  rules: {
    'first-line': {
      create: ({ sourceCode, report }) => ({
        Program () {
          const [first = ''] = sourceCode.text.replace(/^#!.*\n/, '').split('\n', 1)
          if (/^(\/\*\*? |\/\*\*?$|\/\/ )/.test(first)) return
          report({ loc: { line: 1, column: 0 }, message: 'The first line of a file says its idea, as a comment.' })
        }
      })
    },
    long: {
      create: ({ sourceCode, report }) => ({
        Program () {
          const [comment] = sourceCode.getAllComments().filter(({ type }) => type !== 'Shebang')
          const isLong = sourceCode.text.trimEnd().split('\n').length > 200
          if (!isLong || /\blong, because\b/i.test(comment?.value.replace(/\s+\*?\s*/g, ' ') ?? '')) return
          report({ loc: { line: 1, column: 0 }, message: 'More than 200 lines: the first comment says "Long, because …".' })
        }
      })
    },
    'file-name': {
      create: ({ filename, report }) => ({
        Program () {
          if (!/(^|-)(utils?|helpers?|common|misc)\.|^data\./.test(basename(filename))) return
          report({ loc: { line: 1, column: 0 }, message: 'This name says nothing of what is in the file.' })
        }
      })
    }
  }
}

export default [
  ...neostandard({ ts: true, ignores: ['**/dist/', 'coverage/', '.tap/', '.data/'] }),
  {
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      // A TypeBox schema and its type share a name; real redeclarations are the compiler's business.
      '@typescript-eslint/no-redeclare': 'off',
      // `void promise` says: nobody waits for this, on purpose.
      'no-void': ['error', { allowAsStatement: true }]
    }
  },
  {
    // The environment is read by who starts a process: the demo's server, the command line, and the entry for NODE_ENV.
    files: ['src/**/*.ts', 'plugins/**/*.ts'],
    ignores: ['src/demo/**', 'src/cli/**', 'plugins/index.ts'],
    rules: { 'no-console': 'error', 'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'Hand it in as an option.' }] }
  },

  {
    files: ['{src,plugins}/**/*.{ts,js}'],
    plugins: { house },
    rules: {
      'house/first-line': 'error',
      'house/long': 'error',
      'house/file-name': 'error',
      // A line fits a screen. Texts, SQL and patterns are not broken for it.
      '@stylistic/max-len': ['error', {
        code: 120, ignoreStrings: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true, ignoreUrls: true
      }]
    }
  },

  forbid(['src/**/*.ts'], [...everywhereInSrc, noUserAgentParser]),
  forbid(['src/*.ts'], [...everywhereInSrc, noUserAgentParser, noProductRooms]),
  // Where the rooms' instances meet.
  forbid(['src/node.ts', 'src/live-sessions.ts'], [...everywhereInSrc, noUserAgentParser]),
  forbid(FOUNDATIONS.map((room) => `src/${room}/**/*.ts`), [...everywhereInSrc, noUserAgentParser, noProductRooms]),
  forbid(['src/device/**/*.ts'], [...everywhereInSrc, noProductRooms]),
  forbid(['src/database/migrations/**/*.ts'], [{ regex: '^(?!\\./)', message: 'A migration stays as it was published: it imports nothing that lives on.' }]),
  forbid(['src/protocol.ts'], [{ regex: '.', message: 'protocol.ts has no imports: the browser shares it.' }]),
  forbid(['src/errors.ts'], [{ regex: '^(?!@fastify/error$|\\./protocol\\.ts$)', message: 'errors.ts builds on protocol.ts alone.' }]),
  ...ROOMS.map((room) => forbid([`src/${room}/**/*.ts`], [
    ...everywhereInSrc,
    noUserAgentParser,
    {
      regex: `^(\\.\\./)+(${ROOMS.filter((other) => other !== room).join('|')})/`,
      message: 'Rooms know each other\'s types only; instances meet in src/node.ts.',
      allowTypeImports: true
    }
  ])),
  forbid(['src/client/**/*.ts'], [{ regex: '^(?!\\./|\\.\\./protocol\\.ts$)', message: 'The client imports itself and ../protocol.ts only: it has no dependencies.' }]),
  forbid(['src/panel/**/*.ts'], [{
    regex: '^(?!\\./|\\.\\./(\\.\\./)?protocol\\.ts$|\\.\\./client/index\\.ts$)',
    message: 'The panels import themselves, the client and ../protocol.ts only: they have no dependencies.'
  }]),
  forbid(['src/react/**/*.ts'], [{
    regex: '^(?!\\./|\\.\\./protocol\\.ts$|\\.\\./client/index\\.ts$|react$)',
    message: 'The hooks import React, themselves, the client and ../protocol.ts only.'
  }]),
  forbid(['src/demo/**/*.ts'], [
    { regex: `^(\\.\\./)+(src/|plugins/|(${[...ROOMS, ...FOUNDATIONS, 'client', 'cli'].join('|')})/|[a-z]+\\.ts$)`, message: 'The demo is a consumer: it imports the package by its name.' }
  ]),
  forbid(['plugins/**/*.ts'], [noSelf, noDemo, noClient, noUserAgentParser])
]
