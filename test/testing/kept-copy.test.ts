/** What a first start keeps for later ones: only what is whole and its own is ever read, and nothing of it can break a start. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setFlagsFromString } from 'node:v8'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { PGlite } from '@electric-sql/pglite'
import t, { test } from 'tap'
import { findPlace, readCopy, writeCopy, type Place } from '../../src/testing/kept-copy.ts'
import { openDatabase } from '../../src/testing/prepared-cluster.ts'

// PGlite is compiled once, not a second time for speed: what a new database costs would be twice as much.
setFlagsFromString('--liftoff-only')
t.teardown(() => { setFlagsFromString('--no-liftoff-only') })

const FILES = new TextEncoder().encode('files of a database'.repeat(1_000))

/** Opens one, uses it and closes it: whether PGlite was given the files of a database, each time that it was asked. */
async function open (place: Place, dataDir?: string): Promise<boolean[]> {
  const given: boolean[] = []
  const db = await openDatabase({
    defaultStartParams: PGlite.defaultStartParams,
    async create (options) {
      given.push(options.loadDataDir !== undefined)
      return await PGlite.create(options)
    }
  }, dataDir, place)
  try {
    const { rows: [row] } = await db.query<{ tables: number }>("select count(*)::int as tables from pg_tables where schemaname = 'public'")
    if (row?.tables !== 0) throw new Error('not an empty one')
    await db.exec('create table mine (id int)')
  } finally {
    await db.close()
  }
  return given
}

test('it is beside PGlite, in its node_modules, named after its version', (t) => {
  const modules = new URL('../../node_modules/', import.meta.url)
  const { version } = JSON.parse(readFileSync(new URL('@electric-sql/pglite/package.json', modules), 'utf8')) as { version: string }
  t.equal(findPlace(new URL('@electric-sql/pglite/dist/index.js', modules).href)?.file, new URL(`.cache/fastify-live-sessions/pglite-${version}.br`, modules).pathname)
  const linked = t.testdir({ pglite: { dist: {}, 'package.json': '{"version":"1.0.0"}' } })
  t.equal(findPlace(`file://${linked}/pglite/dist/index.js`), null, 'nothing is written beside one that is linked from somewhere else')
  t.equal(findPlace('file:///nowhere/node_modules/@electric-sql/pglite/dist/index.js'), null)
  t.end()
})

test('what was written is read; what is cut off, damaged, foreign or not there is not', (t) => {
  const folder = t.testdir({ damaged: 'x'.repeat(5_000), empty: '', folder: {} })
  const place = { folder, file: join(folder, 'copy') }
  t.equal(readCopy(place), null)
  writeCopy(place, FILES)
  t.same(readCopy(place), FILES)
  t.same(readdirSync(folder), ['copy', 'damaged', 'empty', 'folder'], 'no draft is left')

  const whole = readFileSync(place.file)
  writeFileSync(join(folder, 'gzip'), gzipSync(FILES))
  writeFileSync(join(folder, 'brotli'), brotliCompressSync(FILES))
  writeFileSync(join(folder, 'changed'), Buffer.from(whole).fill(0, 40, 41))
  for (const name of ['damaged', 'empty', 'folder', 'gzip', 'brotli', 'changed']) t.equal(readCopy({ folder, file: join(folder, name) }), null, name)
  for (const length of [whole.length - 1, 33, 32, 31, 1]) {
    truncateSync(place.file, length)
    t.equal(readCopy(place), null, `${length} bytes`)
  }
  writeCopy(place, FILES)
  t.same(readCopy(place), FILES, 'and is replaced')
  t.end()
})

test('where nothing can be kept, nothing is, and nobody is told', (t) => {
  const folder = t.testdir({ file: '', taken: { copy: { full: '' } } })
  for (const place of [
    { folder: join(folder, 'file', 'x'), file: join(folder, 'file', 'x', 'copy') },
    { folder: join(folder, 'taken'), file: join(folder, 'taken', 'copy') }
  ]) {
    writeCopy(place, FILES)
    t.equal(readCopy(place), null, place.folder)
  }
  t.same(readdirSync(join(folder, 'taken')), ['copy'], 'no draft is left')
  t.end()
})

test('processes that write it at once never show each other half of one', async (t) => {
  const folder = t.testdir({})
  const place = { folder: join(folder, 'new', 'cache'), file: join(folder, 'new', 'cache', 'copy') }
  const script = `
    const { writeCopy } = await import(${JSON.stringify(import.meta.resolve('../../src/testing/kept-copy.js'))})
    console.log('here')
    await new Promise((resolve) => { process.stdin.once('data', resolve) })
    let looking = true
    process.stdin.once('data', () => { looking = false })
    const files = new Uint8Array(500_000).map((_, index) => (index * process.pid) % 251)
    for (let time = 0; time < 50 || looking; time++) {
      writeCopy(${JSON.stringify(place)}, files)
      await new Promise((resolve) => { setImmediate(resolve) })
    }
    process.exit(0)`
  const writers = Array.from({ length: 2 }, () => spawn(process.execPath, ['--input-type=module', '-e', script]))
  const ends = Promise.all(writers.map(async (writer) => (await once(writer, 'exit'))[0] as number))
  const complaints = Promise.all(writers.map(async ({ stderr }) => await text(stderr)))
  await Promise.all(writers.map(async ({ stdout }) => await once(stdout, 'data')))
  for (const { stdin } of writers) stdin.write('go')
  let looks = 0
  while (looks < 50 && writers.every(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    if (existsSync(place.file)) {
      looks++
      if (readCopy(place)?.length !== 500_000) t.fail('half of one')
    }
    await new Promise((resolve) => { setImmediate(resolve) })
  }
  for (const { stdin } of writers) stdin.write('enough')
  t.same(await ends, [0, 0], (await complaints).join('\n'))
  t.equal(looks, 50, 'looked while both were writing')
  t.same(readdirSync(place.folder), ['copy'])
})

test('a start that finds nothing usable takes longer and replaces it; later ones load it, in memory and into a new folder', async (t) => {
  const folder = t.testdir({ PG_VERSION: '9.6\n', data: {} })
  const place = { folder, file: join(folder, 'copy') }
  writeCopy(place, execFileSync('tar', ['-c', '-C', folder, 'PG_VERSION']))
  t.same(await open(place), [true, false], 'of another PostgreSQL')
  const kept = readFileSync(place.file)
  t.ok(kept.length > 1_000_000)
  t.same(await open(place), [true])
  t.same(await open(place, join(folder, 'data')), [true])
  t.same(readFileSync(place.file), kept, 'it is still an empty one')

  const again = await openDatabase(PGlite, join(folder, 'data'), null)
  t.equal((await again.query('select * from mine')).rows.length, 0, 'a folder that has a database keeps it')
  await again.close()
})
