/** docs/SECURITY.md maps every security check, and every fault that a hostile review found, to tests that exist: no number is missing, no file, no title, and no test claims a number that the map does not know. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '..')
const MAP = 'docs/SECURITY.md'
const numbered = (letter: string, count: number): string[] => Array.from({ length: count }, (_, index) => `${letter}${index + 1}`)
const CHECKS = [...numbered('R', 45), ...numbered('A', 12)]

interface Row {
  id: string
  demand: string
  how: string
  tests: Array<{ file: string, title: string }>
}

/** `| R1 | what | how | `test/x.test.ts`: "part of its title"<br>… |` */
function readMap (document: string): Row[] {
  return document.split('\n').filter((line) => /^\| [RA]\d+ \|/.test(line)).map((line) => {
    const [id = '', demand = '', how = '', tests = ''] = line.split(/(?<!\\)\|/).slice(1).map((cell) => cell.trim())
    return {
      id,
      demand,
      how,
      tests: tests.split('<br>').map((entry) => {
        const [, file, title] = /^`(test\/[\w/.-]+\.test\.ts)`: "([^"]+)"$/.exec(entry) ?? []
        if (file === undefined || title === undefined) throw new Error(`${id}: not a test: ${entry}`)
        return { file, title }
      })
    }
  })
}

/** The titles of a file's tests, as they stand there: `${…}` is not filled in. */
function titlesOf (text: string): string[] {
  return [...text.matchAll(/\btest\((?:'((?:\\.|[^'\\])*)'|`((?:\\.|[^`\\])*)`)/g)].map(([, single, template]) => (single ?? template ?? '').replace(/\\(.)/g, '$1'))
}

/** The numbers that a text names: `R17`, `(R23, A10)`. */
function numbersIn (text: string): string[] {
  return [...text.matchAll(/\b[RA]\d+\b/g)].map(([number]) => number)
}

const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const firstLine = (text: string): string => text.split('\n', 1)[0] ?? ''
const rows = readMap(read(MAP))
const testFiles = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts') && !name.includes('node_modules') && name !== 'security-map.test.ts').map((name) => `test/${name}`)

t.test('the map has each check once, in order, and says what it demands, how it is met and what proves it', async (t) => {
  t.same(rows.map(({ id }) => id), CHECKS)
  for (const { id, demand, how, tests } of rows) t.ok(demand !== '' && how !== '' && tests.length > 0, id)
})

t.test('every test of the map exists, and is found by its number', async (t) => {
  for (const { id, tests } of rows) {
    for (const { file, title } of tests) {
      if (!existsSync(join(root, file))) {
        t.fail(`${id}: there is no ${file}`)
        continue
      }
      const text = read(file)
      const found = titlesOf(text).filter((one) => one.includes(title))
      t.ok(found.length > 0, `${id}: ${file} has a test "${title}"`)
      t.ok([firstLine(text), ...found].some((place) => numbersIn(place).includes(id)), `${id} is in the title, or in the first line of ${file}`)
    }
  }
})

t.test('every number that a test claims is in the map, with that test\'s file', async (t) => {
  for (const file of testFiles) {
    const text = read(file)
    for (const number of numbersIn([firstLine(text), ...titlesOf(text)].join('\n'))) {
      t.ok(rows.some(({ id, tests }) => id === number && tests.some((test) => test.file === file)), `${file} claims ${number}`)
    }
  }
})

t.test('the map can be read wrongly in no way that passes', async (t) => {
  const row = (tests: string): string => `| R1 | a | b | ${tests} |`
  t.match(readMap(row('`test/a.test.ts`: "x"<br>`test/b/c.test.ts`: "y, z"')), [{ id: 'R1', tests: [{ file: 'test/a.test.ts', title: 'x' }, { file: 'test/b/c.test.ts', title: 'y, z' }] }])
  for (const wrong of ['', 'none', '`test/a.test.ts`', '`test/a.ts`: "x"', '`test/a.test.ts`: ""']) t.throws(() => readMap(row(wrong)), wrong)
  t.same(titlesOf('t.test(\'it\\\'s one\', async () => {})\n  t.test(`two of two`, async () => {})'), ['it\'s one', 'two of two'])
})
