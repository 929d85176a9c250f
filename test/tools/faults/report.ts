/** docs/RELIABILITY.md, and one line a fault for whoever watches. */
import { cpus, loadavg, release, totalmem } from 'node:os'
import type { Fault } from './fault.ts'
import type { Result } from './run-fault.ts'

export interface Run {
  /** The servers. */
  facts: string
  arguments: readonly string[]
  /** Faults that broke down, and why. */
  failed: readonly string[]
  /** Faults without a result. */
  missing: readonly Fault[]
}

export function summarize (result: Result): string {
  const { revocations, ended, admissions, refusals, unanswered, sockets, violations, crashes, p50, p99, leasedMs, healedMs, fastMs, seconds } = result
  return `${violations.length} violations, ${crashes} crashes; ${revocations} revocations of ${ended} sessions (p50 ${ms(p50)}, p99 ${ms(p99)}), ` +
    `${admissions} admitted, ${refusals} refused, ${unanswered} 503 or none, ${sockets} sockets; leased after ${ms(leasedMs)}, healed after ${ms(healedMs)}, fast after ${ms(fastMs)}; ${seconds.toFixed()} s`
}

export function describeResults (results: readonly Result[], { facts, arguments: given, failed, missing }: Run): string {
  const sum = (part: (result: Result) => number): string => number(results.reduce((total, result) => total + part(result), 0))
  const lines = results.map((result) => `| ${[
    `\`${result.name}\` ${result.title}`,
    number(result.revocations), number(result.ended), number(result.admissions), number(result.refusals), number(result.violations.length), number(result.crashes),
    ms(result.p50), ms(result.p99), ms(result.healedMs), ms(result.fastMs)
  ].join(' | ')} |`)
  return `# Reliability

What happens when things break, measured: three nodes as processes of their own, real PostgreSQL and Redis, and a TCP proxy on every link
(node to PostgreSQL, node to Redis, client to node). Guarded requests, revocations and sockets run all the time; a fault is made; all that
happened is recorded on one monotonic clock, and the history is checked afterwards against the guarantees.

\`\`\`
npm run test:faults${given.length === 0 ? '' : ` -- ${given.join(' ')}`}
\`\`\`

**${sum((result) => result.revocations)} revocations of ${sum((result) => result.ended)} sessions, ${sum((result) => result.admissions)} checked admissions: ${sum((result) => result.violations.length)} violations, ${sum((result) => result.crashes)} crashes.**

| fault | revocations | sessions ended | admissions checked | refused (401) | violations | crashes | wait p50 | wait p99 | healed | fast again |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${lines.join('\n')}

- **Admissions checked**: requests to a guarded route that were answered with 200. Each is compared with its session's end: it is a violation when it was sent after the 200 of a revocation had been received, or later than T′ after that revocation's commit.
- **Wait**: from sending a revocation to its 200, over all of them, those at frozen nodes and during outages included.
- **Healed**: from the fault's end until every node holds a lease, hears its bus and reaches PostgreSQL. **Fast again**: until a revocation at each node is answered within a second; rows of dead nodes are waited for, T′ at most.
- **Crashes**: node processes that ended without having been asked to, an unhandled rejection included.

## What is checked

| promise | a violation is |
| --- | --- |
| G1 | a request that was sent after the 200 was received, and was admitted. What is sent to a frozen node counts as received when it is woken |
| G2 | a revocation without a 200 within T′ + 1.5 s + 4 × the database's own time (what a control connection needs for a commit then) while PostgreSQL and its own node are well |
| G3 | a 200 for a session whose row is alive |
| G4 | a request sent later than T′ + 0.1 s after the commit (PostgreSQL's own commit time), and admitted; answered or not |
| G5 | a socket that got two logouts; a socket of an ended session that stayed open; a logout for a session that nobody had ended |
| G8 | 401 for a session that nobody had ended; 503 while all was well (a control's commit took less than 0.5 s); 503 without Retry-After |
| G12 | an end without its event, or with two |

A request at a node that a fault is being done to may be answered with 503 or late, and for 3 s afterwards. It may never be admitted wrongly.

## The machine

${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${(totalmem() / 2 ** 30).toFixed()} GiB, Linux ${release()}, Node.js ${process.versions.node}, ${facts}. The nodes, the servers, the proxies and the
driver share these cores; the load average was ${loadavg().map((value) => value.toFixed(1)).join(', ')} at the end. The waits show how it degrades, not how fast it is: [LATENCY.md](LATENCY.md) does that.
${missing.length === 0 ? '' : `\n## Faults that this run did not come to\n\n${missing.map(({ name, title }) => `- \`${name}\` ${title}`).join('\n')}\n`}${failed.length === 0 ? '' : `\n## Faults that broke down\n\n${failed.map((line) => `- ${line.split('\n')[0] ?? ''}`).join('\n')}\n`}`
}

function ms (value: number | null): string {
  if (value === null) return '–'
  if (value === Infinity) return 'not'
  return value < 100 ? `${value.toFixed(1)} ms` : `${number(Math.round(value))} ms`
}

function number (value: number): string {
  return value.toLocaleString('en')
}
