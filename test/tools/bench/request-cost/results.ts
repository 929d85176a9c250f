/** The figures as a table, and what they say of the targets. */
import { median, type Sample } from './measure.ts'
import { SUBJECTS, type SubjectName } from './subjects.ts'

export type Samples = ReadonlyMap<SubjectName, readonly Sample[]>

/** The plugin with Bearer costs at most this share of a peer's CPU. */
const TARGETS: ReadonlyArray<{ peer: SubjectName, settledWithin: number, text: string }> = [
  { peer: 'bare', settledWithin: 1.25, text: '1.25×' },
  { peer: 'jwt', settledWithin: 0.65, text: '0.65×' },
  { peer: 'better-auth-cookie', settledWithin: 1 / 15, text: '1/15' },
  { peer: 'naive', settledWithin: 1 / 15, text: '1/15' }
]

export interface Verdict {
  lines: string[]
  met: boolean
}

/** The median of one subject's CPU to another's, each within one round: a machine that is slow for a while is slow for both. */
function ratioOf (samples: Samples, name: SubjectName, to: SubjectName): number {
  const [own, others] = [samples.get(name) ?? [], samples.get(to) ?? []]
  return median(own.map(({ cpuUs }, round) => cpuUs / (others[round]?.cpuUs ?? NaN)))
}

export function tableOf (samples: Samples): string {
  const lines = [...samples].map(([name, rounds]) => {
    const cpus = rounds.map(({ cpuUs }) => cpuUs)
    const cells = [
      SUBJECTS[name].title,
      median(cpus).toFixed(1),
      `${Math.min(...cpus).toFixed(1)}–${Math.max(...cpus).toFixed(1)}`,
      samples.has('bare') ? `${ratioOf(samples, name, 'bare').toFixed(2)}×` : '',
      samples.has('bearer') ? `${ratioOf(samples, name, 'bearer').toFixed(2)}×` : '',
      Math.round(median(rounds.map(({ requestsPerSecond }) => requestsPerSecond))).toLocaleString('en'),
      `${median(rounds.map(({ atRest }) => atRest)).toFixed(1)} ms/s`
    ]
    return `| ${cells.join(' | ')} |`
  })
  return ['| subject | CPU µs a request | all rounds | to bare Fastify | to this plugin (Bearer) | requests/s | CPU at rest |', '| --- | ---: | ---: | ---: | ---: | ---: | ---: |', ...lines].join('\n')
}

/** Only of the peers that were measured. */
export function verdictOf (samples: Samples): Verdict {
  const results = TARGETS.filter(({ peer }) => samples.has(peer) && samples.has('bearer')).map(({ peer, settledWithin, text }) => {
    const ratio = ratioOf(samples, 'bearer', peer)
    const shown = settledWithin > 0.1 ? `${ratio.toFixed(2)}×` : `1/${(1 / ratio).toFixed(1)}`
    return { met: ratio <= settledWithin, line: `| ${SUBJECTS[peer].title} | ≤ ${text} | ${shown} | ${ratio <= settledWithin ? 'met' : 'not met'} |` }
  })
  return {
    met: results.every(({ met }) => met),
    lines: ['| A validated request (Bearer), against | target | measured | |', '| --- | ---: | ---: | --- |', ...results.map(({ line }) => line)]
  }
}
