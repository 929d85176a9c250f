/**
 * Runs a bundle with its arguments: `keep` or `run`, the file, and what the program is given. The first process that is
 * to `keep` what V8 made of it does so, and no later one compiles it again.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Script } from 'node:vm'

const [, , how, file] = process.argv
// As if it had been started by itself.
process.argv.splice(1, 3, file)
const kept = `${file}.cache`

const script = new Script(`(function (require, exports, module, resolveModule) {${readFileSync(file, 'latin1')}\n})`, {
  filename: file,
  cachedData: readIfThere(kept)
})
const module = { exports: {} }
script.runInThisContext()(createRequire(import.meta.url), module.exports, module, (name) => import.meta.resolve(name))
if (how === 'keep' && script.cachedDataRejected !== false) {
  // Only now is that compiled, too, which a start calls.
  await module.exports.started
  // What has failed did not come to call much of it.
  if ((process.exitCode ?? 0) === 0) keepCompiled()
}

function keepCompiled () {
  const draft = `${kept}.${process.pid}`
  writeFileSync(draft, script.createCachedData())
  renameSync(draft, kept)
}

function readIfThere (path) {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}
