/** What `import t from 'tap'` gives a compiled test file: the tests of that file, of the several that a process runs one after the other. */
import tap from './uncaught.js'

/** By itself, without `runFile`, a file is all that its process runs. */
let current = tap

/** Whatever a file does to its `t` it does to its own; and it may read it only while it runs. */
export const t = new Proxy({}, {
  get: (_, name) => {
    const value = current[name]
    return typeof value === 'function' ? value.bind(current) : value
  },
  set: (_, name, value) => Reflect.set(current, name, value)
})
export default t
export const test = (...args) => current.test(...args)

// Whose it is nobody knows; that it was one of this file's, and the test that runs ends with it.
process.on('uncaughtException', (error, origin) => {
  const known = error !== null && typeof error === 'object' ? error : { error }
  innermost(current).threw(Object.assign(known, { tapCaught: origin }))
})

function innermost (test) {
  const inner = [...test.activeSubtests ?? []].at(-1)
  return inner === undefined ? test : innermost(inner)
}

/** Runs what `load` imports as one subtest called `name`, which may take `timeout` ms; the counts of all its points. */
export async function runFile (name, timeout, load) {
  let counts
  await tap.test(name, { timeout }, async (own) => {
    current = own
    counts = own.counts
    await load()
  })
  return counts
}
