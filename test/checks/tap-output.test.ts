/** What is told of a file at the end of a run: each point that failed, with its diagnosis, and each that was skipped. */
import t from 'tap'
import { findFailures, findSkips } from './tap-output.js'

const TEXT = `
# Subtest: outer
    # Subtest: inner
        ok 1 - is well
        not ok 2 - should be equal
          ---
          at:
            fileName: x.ts
          diff: |
            --- expected
            +++ actual
          ...
        ok 3 - a server of its own # SKIP no such binary
        not ok 4
        not ok 5 - some day # TODO
        1..5
    not ok 1 - inner # time=3ms
      ---
      at: of the test
      ...
    1..1
not ok 1 - outer # time=4ms
not ok 2 - test assertion after Promise resolution
  ---
  stack: x
  ...
1..2
`.trimStart()

t.test('failures are points, not the tests around them', async (t) => {
  t.same(findFailures('x.test.ts', TEXT), [
    'x.test.ts › outer › inner › should be equal\n  diff: |\n    --- expected\n    +++ actual\n  at:\n    fileName: x.ts',
    'x.test.ts › outer › inner › unnamed',
    'x.test.ts › test assertion after Promise resolution\n  stack: x'
  ])
})

t.test('skipped is also what is still to do', async (t) => {
  t.same(findSkips('x.test.ts', TEXT), ['x.test.ts › outer › inner › a server of its own: no such binary', 'x.test.ts › outer › inner › some day: todo, no reason given'])
})
