/** Node.js and the packages that have to fit together. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { note, ok, problem, type Check } from './check.ts'

const OLDEST_NODE = [20, 19] as const
const MIKRO_ORM = ['@mikro-orm/core', '@mikro-orm/knex', '@mikro-orm/postgresql'] as const
const OTHERS = ['ioredis', 'pg', 'ws'] as const

export function checkVersions (): Check[] {
  return [checkNode(process.versions.node), checkPackages(versionOf)]
}

export function checkNode (version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldestMajor, oldestMinor] = OLDEST_NODE
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return ok('node', `Node.js ${version}`)
  return problem('node', `Node.js ${version} is too old`, `install Node.js ${OLDEST_NODE.join('.')} or later`)
}

/** Two versions of MikroORM in one app don't know each other's entities. */
export function checkPackages (version: (name: string) => string | null): Check {
  const orm = MIKRO_ORM.map((name) => [name, version(name)] as const)
  const words = [
    ['fastify-live-sessions', version('fastify-live-sessions')] as const,
    ...orm,
    ...OTHERS.map((name) => [name, version(name)] as const)
  ]
    .map(([name, found]) => `${name} ${found ?? '?'}`).join(', ')
  const known = new Set(orm.flatMap(([, found]) => found ?? []))
  if (known.size > 1) {
    return problem(
      'packages',
      `The MikroORM packages differ: ${words}`,
      'install all @mikro-orm packages in exactly the same version'
    )
  }
  return known.size === 0 ? note('packages', `Versions: ${words}`) : ok('packages', words)
}

const require = createRequire(import.meta.url)

/** The version that this program gets; null when it can't be found. */
function versionOf (name: string): string | null {
  try {
    let folder = dirname(require.resolve(name === 'fastify-live-sessions' ? `${name}/package.json` : name))
    for (;;) {
      const found = readPackage(folder)
      if (found?.name === name) return found.version ?? null
      const parent = dirname(folder)
      if (parent === folder) return null
      folder = parent
    }
  } catch {
    return null
  }
}

function readPackage (folder: string): { name?: string, version?: string } | null {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: string, version?: string }
  } catch {
    return null
  }
}
