/** Runs tap, then names what was skipped; with CI=true a skip fails the run. Arguments go to tap. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const RESULTS = '.tap/test-results'

rmSync(RESULTS, { recursive: true, force: true })
const { status } = spawnSync(process.execPath, [tapBinary(), ...process.argv.slice(2)], { stdio: 'inherit' })
const skipped = listResults().flatMap(findSkips)
console.log(skipped.length === 0 ? '\nNothing was skipped.' : `\nSkipped (${skipped.length}):`)
for (const line of skipped) console.log(`  ${line}`)
const skipFails = skipped.length > 0 && process.env.CI === 'true'
if (skipFails) console.log('CI=true: a skipped test fails the run.')
process.exitCode = status !== 0 ? status ?? 1 : skipFails ? 1 : 0

function tapBinary () {
  return join('node_modules', 'tap', JSON.parse(readFileSync('node_modules/tap/package.json', 'utf8')).bin.tap)
}

/** Tap leaves one file of results per test file. */
function listResults () {
  try {
    return readdirSync(RESULTS, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tap')).sort()
  } catch {
    return []
  }
}

/** Every point of one result file that was skipped or is still to do: `file › outer › inner: reason`. */
function findSkips (name) {
  const outer = []
  const found = []
  for (const line of readFileSync(join(RESULTS, name), 'utf8').split('\n')) {
    const subtest = /^( *)# Subtest: (.*)$/.exec(line)
    if (subtest !== null) {
      const depth = subtest[1].length / 4
      outer.length = depth
      outer[depth] = subtest[2]
      continue
    }
    const point = /^( *)(?:not )?ok \d+(?: - (.*?))? # (SKIP|TODO)\b(.*)$/i.exec(line)
    if (point === null) continue
    const [, indent, title = 'unnamed', directive, reason] = point
    const place = [name.replace(/\.tap$/, ''), ...outer.slice(0, indent.length / 4), title]
    found.push(`${place.join(' › ')}:${reason || ` ${directive.toLowerCase()}, no reason given`}`)
  }
  return found
}
