/** What the scale tests print and write down: figures against their targets, in docs/SCALE.md. */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'

export interface Figure {
  what: string
  measured: string
  target: string
  met: boolean
}

const figures: Figure[] = []
const began = performance.now()

/** Progress, on stderr: a long run says where it is. */
export function say (text: string): void {
  console.error(`[${((performance.now() - began) / 1_000).toFixed(0).padStart(4)} s] ${text}`)
}

export function note (figure: Figure): boolean {
  figures.push(figure)
  say(`${figure.met ? 'met   ' : 'MISSED'} ${figure.what}: ${figure.measured} (${figure.target})`)
  return figure.met
}

export function percentile (values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}

export function ms (value: number): string {
  return value < 10 ? `${value.toFixed(1)} ms` : `${value.toFixed(0)} ms`
}

/** Forgets the figures of the part before. */
export function beginPart (): void {
  figures.length = 0
}

const REPORT = join(import.meta.dirname, '../../../docs/SCALE.md')

/** Puts the figures in the place of those that the part had before. */
export function writePart (part: string, postgres: string): void {
  const rows = figures.map(({ what, measured, target, met }) => `| ${what} | ${measured} | ${target} | ${met ? 'yes' : '**no**'} |`)
  const section = `## ${part}

Measured on ${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${(totalmem() / 2 ** 30).toFixed(0)} GB, load ${loadavg()[2]?.toFixed(0)}, Node ${process.versions.node}, ${postgres}.

| what | measured | target | met |
| --- | --- | --- | --- |
${rows.join('\n')}
`
  const [head = '', ...sections] = readFileSync(REPORT, 'utf8').split(/^(?=## )/m)
  const others = sections.map((text) => text.trimEnd() + '\n')
  const place = others.findIndex((text) => text.startsWith(`## ${part}\n`))
  writeFileSync(REPORT, [head.trimEnd() + '\n', ...place === -1 ? [...others, section] : others.with(place, section)].join('\n'))
}
