/** The OpenAPI document is what the routes say: docs/openapi.json is made from their schemas (UPDATE_OPENAPI=1 writes it anew). */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import swagger from '@fastify/swagger'
import t from 'tap'
import { ERROR_STATUS } from '../src/protocol.ts'
import { buildApp, PASSWORD } from './helpers/app.ts'

const DOCUMENT = join(import.meta.dirname, '../docs/openapi.json')

interface OpenApi {
  paths: Record<string, Record<string, { summary?: string, responses: Record<string, unknown> }>>
}

async function describe (t: Parameters<typeof buildApp>[0]): Promise<OpenApi> {
  const { version } = JSON.parse(await readFile(join(import.meta.dirname, '../package.json'), 'utf8')) as { version: string }
  const { app } = await buildApp(t, {
    before: async (app) => {
      await app.register(swagger, {
        openapi: {
          openapi: '3.1.0',
          info: { title: 'fastify-live-sessions', version, description: 'The routes, under the default prefix. The socket is described in PROTOCOL.md.' }
        }
      })
    },
    options: {
      reauthenticateWithinMs: 60_000,
      login: { verify: ({ body }) => body.password === PASSWORD ? { id: body.email } : null, reauthenticate: () => true },
      admin: { authorize: () => true },
      notify: { send () {} }
    }
  })
  return JSON.parse(JSON.stringify(app.swagger())) as OpenApi
}

t.test('docs/openapi.json says what the routes say', async (t) => {
  const document = await describe(t)
  if (process.env['UPDATE_OPENAPI'] !== undefined) await writeFile(DOCUMENT, `${JSON.stringify(document, null, 2)}\n`)
  t.same(JSON.parse(await readFile(DOCUMENT, 'utf8')), document, 'UPDATE_OPENAPI=1 npx tap test/openapi.test.ts writes it anew')
  const operations = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })))
  for (const { name, operation } of operations) {
    t.ok(operation.summary, `${name} has a summary`)
    t.ok(operation.responses['4XX'] ?? operation.responses['4xx'], `${name} names its errors`)
  }
})

t.test('every error code and every route of the document is in ROUTES.md', async (t) => {
  const routes = await readFile(join(import.meta.dirname, '../docs/ROUTES.md'), 'utf8')
  for (const code of Object.keys(ERROR_STATUS)) t.ok(routes.includes(`\`${code}\``), code)
  for (const [path, methods] of Object.entries((await describe(t)).paths)) {
    const route = path.replace('/api', '').replace(/\{(\w+)\}/g, ':$1')
    for (const method of Object.keys(methods)) t.match(routes, new RegExp(`${method.toUpperCase()} (/api)?${route}[\`? ]`), `${method.toUpperCase()} ${route}`)
  }
})
