/** What the scale tests print and write down: figures against their targets, in docs/SCALE.md. */
import { writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
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

export function writeReport (postgres: string): void {
  const rows = figures.map(({ what, measured, target, met }) => `| ${what} | ${measured} | ${target} | ${met ? 'yes' : '**no**'} |`)
  writeFileSync(join(import.meta.dirname, '../../docs/SCALE.md'), `# Scale

How the heavy work of a session's life behaves with many rows. Written by the run itself:

\`\`\`
npm run test:scale
\`\`\`

It takes some minutes and about 2 GB of disk. Measured on ${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores
(${cpus()[0]?.model ?? 'unknown'}), ${(totalmem() / 2 ** 30).toFixed(0)} GB, Node ${process.versions.node}, ${postgres}; database, nodes and load share the machine.

| what | measured | target | met |
| --- | --- | --- | --- |
${rows.join('\n')}
`)
}
