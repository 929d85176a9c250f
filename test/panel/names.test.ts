/** What is added to equal names: as little as tells them apart. */
import t from 'tap'
import { telltales } from '../../src/panel/names.ts'
import { createWords } from '../../src/panel/words.ts'

const DAY = '2026-11-14T'
const session = (id: string, createdAt: string, deviceName = 'Safari', userId?: string) =>
  ({ id, createdAt, deviceName, ...userId === undefined ? {} : { userId } })

t.test('nothing is added to a name that stands alone, then the minute, the second, and a number', async (t) => {
  const added = telltales([
    session('a', `${DAY}09:41:01`),
    session('b', `${DAY}09:41:05`),
    session('c', `${DAY}09:50:00`),
    session('e', `${DAY}10:00:07.200`),
    session('d', `${DAY}10:00:07.100`),
    session('f', `${DAY}09:41:01`, 'Firefox')
  ], createWords('en-GB'))
  t.same(Object.fromEntries([...added].sort()), {
    a: '14 Nov 2026, 09:41:01',
    b: '14 Nov 2026, 09:41:05',
    c: '14 Nov 2026, 09:50',
    d: '14 Nov 2026, 10:00:07 (1)',
    e: '14 Nov 2026, 10:00:07 (2)',
    f: ''
  })
})

t.test('different users\' devices need no telling apart', async (t) => {
  const added = telltales([session('a', `${DAY}09:41:01`, 'Safari', 'ada'), session('b', `${DAY}09:41:01`, 'Safari', 'grace')], createWords('en'))
  t.same([...added.values()], ['', ''])
})

t.test('a thousand namesakes are formatted twice each, not with each other', async (t) => {
  let formatted = 0
  const clock = (iso: string): string => {
    formatted++
    return iso.slice(0, 4)
  }
  const all = Array.from({ length: 1_000 }, (_, index) => session(String(index), `${DAY}09:41:01`))
  const added = telltales(all, { ...createWords('en'), clock })
  t.equal(new Set(added.values()).size, 1_000)
  t.equal(formatted, 2_000)
})

t.test('times of many rows are written by as many formats as there are forms, not by one for each', async (t) => {
  const { DateTimeFormat } = Intl
  let made = 0
  Intl.DateTimeFormat = new Proxy(DateTimeFormat, {
    construct (target, args) {
      made++
      return Reflect.construct(target, args) as object
    }
  })
  t.teardown(() => { Intl.DateTimeFormat = DateTimeFormat })
  const { clock } = createWords('de')
  const today = new Date()
  for (let n = 0; n < 500; n++) {
    clock(today.toISOString())
    clock('2001-02-03T04:05:06Z', 'medium')
  }
  t.equal(clock(today.toISOString()), new DateTimeFormat('de', { timeStyle: 'short' }).format(today))
  t.equal(clock('2001-02-03T12:05:06Z'), new DateTimeFormat('de', { dateStyle: 'medium', timeStyle: 'short' }).format(new Date('2001-02-03T12:05:06Z')))
  t.equal(made, 3)
})
