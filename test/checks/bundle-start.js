/** Runs a bundle: the first process that is to `keep` what V8 made of it does so, and no later one compiles it again. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Script } from 'node:vm'

const [, , file, keep] = process.argv
const kept = `${file}.cache`

const script = new Script(`(function (require, exports, module, resolveModule) {${readFileSync(file, 'latin1')}\n})`, {
  filename: file,
  cachedData: readIfThere(kept)
})
const module = { exports: {} }
script.runInThisContext()(createRequire(import.meta.url), module.exports, module, (name) => import.meta.resolve(name))
if (keep === 'keep' && script.cachedDataRejected !== false) {
  // Only now is that compiled, too, which a start calls.
  await module.exports.started
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
