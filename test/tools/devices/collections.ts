/** Public collections of User-Agents and other parsers, as npm has them: `npm run devices` installs them beside this file. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

const load = createRequire(import.meta.url)
const installed = join(import.meta.dirname, 'node_modules')

/** What real browsers sent to real sites, in five years (BSD-2-Clause). */
export function realVisits (): string[] {
  const sets = ['user-agents-2019', 'user-agents-2022', 'user-agents-2024', 'user-agents-2025', 'user-agents'].map((name) => {
    const packed = join(installed, name, 'src/user-agents.json.gz')
    const text = existsSync(packed) ? gunzipSync(readFileSync(packed)) : readFileSync(join(installed, name, 'dist/user-agents.json'))
    return (JSON.parse(text.toString()) as Array<{ userAgent: string }>).map(({ userAgent }) => userAgent)
  })
  return [...new Set(sets.flat())]
}

/** Strange ones from two decades: the tests of the Financial Times' parser, with uap-core's (MIT). */
export function oddities (): string[] {
  const text = readFileSync(join(installed, '@financial-times/useragent_parser/test/ua.test.js'), 'utf8')
  return [...new Set([...text.matchAll(/uaParser\(("(?:[^"\\]|\\.)*")\)/g)].map(([, json = '""']) => JSON.parse(json) as string))]
}

/** MIT. */
export function crawlers (): string[] {
  const patterns = load('crawler-user-agents') as Array<{ instances?: string[] }>
  return [...new Set(patterns.flatMap(({ instances }) => instances ?? []))]
}

/** Of each version its major part; empty where nothing is said. */
export interface Opinion {
  browser: string
  browserVersion: string
  system: string
  systemVersion: string
  type: string
}

interface Named { name?: string, version?: string }
interface Matomo { detect: (userAgent: string) => { client?: Named & { type?: string }, os?: Named, device?: { type?: string } } }
interface Bowser { parse: (userAgent: string) => { browser: Named, os: Named & { versionName?: string }, platform: { type?: string } } }

/** What is no number (Windows XP) is a name. */
export function majorOf (version: string | null | undefined): string {
  return /^\d+/.exec(version ?? '')?.[0] ?? (version ?? '').toLowerCase()
}

/** Two other parsers: a port of Matomo's (MIT), and bowser (MIT). */
export function otherParsers (): Array<(userAgent: string) => Opinion> {
  const Detector = load('node-device-detector') as new (options: object) => Matomo
  const matomo = new Detector({ clientIndexes: true, deviceIndexes: true })
  const bowser = load('bowser') as Bowser
  return [
    (userAgent) => {
      const { client, os, device } = matomo.detect(userAgent)
      const browser = client?.type === 'browser' ? client : {}
      return opinion(browser, os ?? {}, device?.type)
    },
    (userAgent) => {
      const { browser, os, platform } = bowser.parse(userAgent === '' ? '-' : userAgent)
      // Windows by its name, not by its kernel's number.
      return opinion(browser, os.name === 'Windows' ? { ...os, version: os.versionName ?? '' } : os, platform.type)
    }
  ]
}

function opinion (browser: Named, system: Named, type: string | undefined): Opinion {
  return {
    browser: browser.name ?? '',
    browserVersion: majorOf(browser.version),
    system: system.name ?? '',
    systemVersion: majorOf(system.version),
    type: type ?? ''
  }
}
