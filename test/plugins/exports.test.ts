/** What the plugin exports, the package does: its entry, which loads it late, and the one for require(). */
import { readFile } from 'node:fs/promises'
import t from 'tap'
import * as entry from '../../plugins/entry.ts'
import * as plugin from '../../plugins/index.ts'

t.test('each function of the plugin\'s is one of the package\'s, for import, for require() and in its types', async (t) => {
  const names = Object.keys(entry).sort()
  t.same(Object.keys(plugin).filter((name) => !names.includes(name)), [])
  const read = async (name: string): Promise<string> =>
    await readFile(new URL(`../../plugins/commonjs/${name}`, import.meta.url), 'utf8')
  const required = [...(await read('index.cjs')).matchAll(/^exports\.(\w+) =/gm)].map(([, name]) => name)
  t.same(required.sort(), names)
  const typed = [...(await read('index.d.cts')).matchAll(/^export declare const (\w+):/gm)].map(([, name]) => name)
  t.same([...typed, 'default'].sort(), names)
})
