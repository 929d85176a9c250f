/** An app's own MikroORM and its schema tools leave our tables alone, and whatever they did before, the app starts. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { defineEntity, p } from '@mikro-orm/core'
import { Migrator } from '@mikro-orm/migrations'
import { MikroORM } from '@mikro-orm/postgresql'
import t, { type Test } from 'tap'
import { liveSessionEntities } from '../../src/database/entities/index.ts'
import { TRIGGERS } from '../../src/database/tables.ts'
import { migrate } from '../../src/database/migrate.ts'
import { buildApp } from '../helpers/app.ts'
import { createEmptyDatabase, type TestDatabase } from '../helpers/database.ts'
import { logIn } from '../helpers/device.ts'

const Book = defineEntity({ name: 'Book', tableName: 'book', properties: { id: p.integer().primary(), title: p.text() } })

async function openOrm (t: Test, { url }: TestDatabase, { snapshot = false } = {}): Promise<{ orm: MikroORM, folder: string }> {
  // In here, so that the migrations find MikroORM.
  const parent = join(import.meta.dirname, '../../.tap/app-migrations')
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, 'app-'))
  const orm = await MikroORM.init({
    clientUrl: url,
    entities: [Book, ...liveSessionEntities],
    discovery: { disableDynamicFileAccess: true },
    extensions: [Migrator],
    migrations: { path: folder, emit: 'cjs', silent: true, snapshot },
    logger: () => {}
  })
  t.teardown(async () => {
    await orm.close(true)
    rmSync(folder, { recursive: true, force: true })
  })
  return { orm, folder }
}

const OURS = /live_session/

t.test('the schema generator writes the app\'s tables alone, before our migrations and after', async (t) => {
  const database = await createEmptyDatabase(t)
  const { orm } = await openOrm(t, database)
  for (const migrated of [false, true]) {
    if (migrated) await migrate({ url: database.url })
    for (const sql of [await orm.schema.getCreateSchemaSQL(), await orm.schema.getUpdateSchemaSQL(), await orm.schema.getDropSchemaSQL()]) {
      t.match(sql, 'book')
      t.notMatch(sql, OURS)
    }
  }
  await orm.schema.updateSchema()
  t.equal((await orm.schema.getUpdateSchemaSQL({ wrap: false })).trim(), '', 'and then there is nothing to change')
})

t.test('asked for a schema by name, it finds our tables as they are, and writes SQL that runs', async (t) => {
  const database = await createEmptyDatabase(t)
  const { orm } = await openOrm(t, database)
  for (const schema of ['public', 'odd rooms']) {
    const create = await orm.schema.getCreateSchemaSQL({ schema })
    t.notMatch(create, /\[object/)
    await database.query(create)
    await migrate({ url: database.url, schema })
    t.equal((await orm.schema.getUpdateSchemaSQL({ wrap: false, schema })).trim(), '', schema)
  }
})

t.test('the app\'s migrations neither create nor drop our tables, with a snapshot and without', async (t) => {
  for (const snapshot of [true, false]) {
    const database = await createEmptyDatabase(t)
    const { orm, folder } = await openOrm(t, database, { snapshot })
    const migrator = orm.getMigrator()
    const before = await migrator.createMigration()
    t.match(before.diff.up.join('\n'), 'book')
    t.notMatch(JSON.stringify(before.diff), OURS, 'before ours ran')
    await migrator.up()
    await migrate({ url: database.url })
    t.equal(await migrator.checkMigrationNeeded(), false, 'after ours ran')
    t.match(await migrator.createMigration(), { fileName: '', diff: { up: [], down: [] } })
    await migrator.up()
    t.equal(await migrator.checkMigrationNeeded(), false)
    for (const name of readdirSync(folder)) t.notMatch(readFileSync(join(folder, name), 'utf8'), OURS, name)
  }
})

async function starts (t: Test, database: TestDatabase, orm?: MikroORM): Promise<void> {
  const { address, app } = await buildApp(t, { database, options: { migrate: true, ...(orm === undefined ? {} : { database: orm }) } })
  const phone = await logIn(address)
  t.equal((await phone.ask('DELETE', '/api/sessions')).status, 200)
  await app.close()
}

type Tool = (orm: MikroORM, database: TestDatabase) => Promise<unknown>

/** What people run, in the order in which they run it. */
const TOOLS: Record<string, Tool> = {
  'refreshDatabase()': (orm) => orm.schema.refreshDatabase(),
  "refreshDatabase({ schema: 'public' })": (orm) => orm.schema.refreshDatabase({ schema: 'public' }),
  'updateSchema()': (orm) => orm.schema.updateSchema(),
  "updateSchema({ schema: 'public' })": (orm) => orm.schema.updateSchema({ schema: 'public' }),
  "dropSchema({ schema: 'public', dropMigrationsTable: true })": (orm) => orm.schema.dropSchema({ schema: 'public', dropMigrationsTable: true }),
  'createMigration() and up()': async (orm) => {
    await orm.getMigrator().createMigration()
    await orm.getMigrator().up()
  },
  'a drop of our list of migrations, as a tool that compares has it': (_orm, { query }) => query('drop table if exists live_session_migrations'),
  'a drop of one table': (_orm, { query }) => query('drop table if exists live_session_event cascade'),
  'a drop of all tables, our list alone kept': (_orm, { query }) => query('drop table if exists live_session, live_session_event, live_session_node cascade'),
  'a drop of the schema': (_orm, { query }) => query('drop schema public cascade; create schema public')
}

for (const [name, tool] of Object.entries(TOOLS)) {
  t.test(`after ${name} the app starts, before its first start and between two`, async (t) => {
    const database = await createEmptyDatabase(t)
    const { orm } = await openOrm(t, database)
    await tool(orm, database)
    await starts(t, database)
    await tool(orm, database)
    await starts(t, database, orm)
    t.same(await database.query("select tgname from pg_trigger where tgname like 'live_session%' order by 1"), [...TRIGGERS].sort().map((tgname) => ({ tgname })), 'with the triggers')
  })
}

t.test('an instance that neither lists our entities nor skips our tables is warned of, for its next diff would drop them', async (t) => {
  const database = await createEmptyDatabase(t)
  const lines: string[] = []
  const cases = {
    unknown: [{}, true],
    'skipped by pattern': [{ schemaGenerator: { skipTables: [/^live_session/] } }, false],
    'skipped in part': [{ schemaGenerator: { skipTables: ['live_session'] } }, true],
    listed: [{ entities: [Book, ...liveSessionEntities] }, false]
  } as const
  for (const [title, [options, warned]] of Object.entries(cases)) {
    const orm = await MikroORM.init({ clientUrl: database.url, entities: [Book], discovery: { disableDynamicFileAccess: true }, logger: () => {}, ...options } as Parameters<typeof MikroORM.init>[0])
    t.teardown(async () => { await orm.close(true) })
    lines.length = 0
    const { app } = await buildApp(t, { database, options: { database: orm as MikroORM, migrate: true }, server: { logger: { level: 'warn', stream: { write: (line: string) => { lines.push(line) } } } } })
    t.equal(/drop table.*live_session/.test(await (orm as MikroORM).schema.getUpdateSchemaSQL()), warned, `${title}: what MikroORM would do`)
    const ours = lines.filter((line) => line.includes('liveSessionEntities'))
    t.equal(ours.length, warned ? 1 : 0, title)
    if (warned) t.match(ours[0], /does not know our tables .*live_session_event.*entities: \[\.\.\.liveSessionEntities, …\], or schemaGenerator: \{ skipTables/)
    await app.close()
  }
})
