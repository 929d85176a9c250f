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

export interface Opinion {
  browser: string
  system: string
  type: string
}

interface Matomo { detect: (userAgent: string) => { client?: { name?: string, type?: string }, os?: { name?: string }, device?: { type?: string } } }
interface Bowser { parse: (userAgent: string) => { browser: { name?: string }, os: { name?: string }, platform: { type?: string } } }

/** Two other parsers: a port of Matomo's (MIT), and bowser (MIT). */
export function otherParsers (): Array<(userAgent: string) => Opinion> {
  const Detector = load('node-device-detector') as new (options: object) => Matomo
  const matomo = new Detector({ clientIndexes: true, deviceIndexes: true })
  const bowser = load('bowser') as Bowser
  return [
    (userAgent) => {
      const { client, os, device } = matomo.detect(userAgent)
      return { browser: client?.type === 'browser' ? client.name ?? '' : '', system: os?.name ?? '', type: device?.type ?? '' }
    },
    (userAgent) => {
      const { browser, os, platform } = bowser.parse(userAgent === '' ? '-' : userAgent)
      return { browser: browser.name ?? '', system: os.name ?? '', type: platform.type ?? '' }
    }
  ]
}
