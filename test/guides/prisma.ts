/**
 * The guide's adapter for Prisma against the real one: `npm run test:prisma`. Not a part of `npm test`, since Prisma's 300 MB are installed
 * into a folder of its own. Its generator fetches an engine that it does not use with version 7; a file in its place keeps it off the network.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { FastifyRequest } from 'fastify'
import t from 'tap'
import type { OpenedSession, PendingSession, TransactionClient } from '../../plugins/index.ts'
import { buildApp } from '../helpers/app.ts'
import { writeExample } from './examples.ts'

interface PrismaLike {
  $transaction: <T>(work: (tx: object) => Promise<T>) => Promise<T>
  $disconnect: () => Promise<void>
}
type Module = { PrismaClient: new (options: object) => PrismaLike, PrismaPg: new (options: object) => object }

const SCHEMA = `
generator client {
  provider = "prisma-client"
  output   = "../generated"
}

datasource db {
  provider = "postgresql"
}

model Note {
  id String @id
}
`

t.setTimeout(600_000)

async function installPrisma (folder: string): Promise<Module> {
  const engine = join(folder, 'no-engine')
  const run = (command: string, ...given: string[]): void => {
    execFileSync(command, given, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: engine } })
  }
  mkdirSync(join(folder, 'prisma'))
  writeFileSync(join(folder, 'prisma/schema.prisma'), SCHEMA)
  writeFileSync(join(folder, 'prisma.config.ts'), "export default { schema: 'prisma/schema.prisma' }\n")
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  writeFileSync(join(folder, 'entry.ts'), "export { PrismaClient } from './generated/client.ts'\nexport { PrismaPg } from '@prisma/adapter-pg'\n")
  writeFileSync(engine, '')
  chmodSync(engine, 0o755)
  run('npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', 'prisma@7', '@prisma/client@7', '@prisma/adapter-pg@7')
  run('npx', 'prisma', 'generate')
  await build({ entryPoints: [join(folder, 'entry.ts')], outfile: join(folder, 'entry.js'), bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' })
  return await import(pathToFileURL(join(folder, 'entry.js')).href) as Module
}

t.test('Prisma: what was opened lives from the commit on, what was rolled back never was, what was ended is over', async (t) => {
  const { inPrisma } = await import(join(writeExample(t, 'database-layers', 'layers'), 'prisma.js')) as { inPrisma: (tx: object) => TransactionClient }
  const folder = mkdtempSync(join(tmpdir(), 'live-sessions-prisma-'))
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
  const { PrismaClient, PrismaPg } = await installPrisma(folder)

  let asked: (request: FastifyRequest) => Promise<unknown> = async () => null
  const { app, database } = await buildApp(t, {
    options: { maxSessions: 2 },
    after (app) { app.post('/ask', async (request) => await asked(request)) }
  })
  const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: database.url }) })
  t.teardown(async () => { await prisma.$disconnect() })

  const open = async (tx: object) => await new Promise<Awaited<ReturnType<typeof app.sessions.openIn>>>((resolve, reject) => {
    asked = async (request) => { await app.sessions.openIn(inPrisma(tx), request, { userId: 'ada' }).then(resolve, reject) }
    app.inject({ method: 'POST', url: '/ask' }).catch(reject)
  })
  const statusOf = async ({ token }: { token: string }): Promise<number> =>
    (await app.inject({ url: '/api/sessions/current', headers: { authorization: `Bearer ${token}` } })).statusCode

  const opened: Array<OpenedSession | PendingSession> = []
  for (let round = 0; round < 3; round++) opened.push(await (await prisma.$transaction(open)).confirm())
  t.same(await Promise.all(opened.map(statusOf)), [401, 200, 200])
  await t.rejects(prisma.$transaction(async (tx) => {
    opened.push(await open(tx))
    throw new Error('the app changed its mind')
  }))
  t.same(await Promise.all(opened.map(statusOf)), [401, 200, 200, 401])
  await prisma.$transaction(async (tx) => { await app.sessions.assertAlive(inPrisma(tx), opened[2]!.session) })
  const confirm = await prisma.$transaction(async (tx) => await app.sessions.revokeIn(inPrisma(tx), { userId: 'ada', except: opened[2]!.session.id }, { reason: 'password_changed' }))
  t.match(await confirm(), { count: 1, revoked: [opened[1]!.session.id] })
  await t.rejects(app.sessions.revokeIn(inPrisma(prisma), { userId: 'ada' }), { code: 'SESSION_CALL_INVALID', message: /by itself/ })
})
