import { loadProtocol } from './protocol.ts'
import { runSeed } from './random-run.ts'
const protocol = await loadProtocol([])
const from = Number(process.argv[2] ?? 0), n = Number(process.argv[3] ?? 5)
const total: Record<string, number> = {}
const t0 = Date.now()
let bad = 0
for (let s = from; s < from + n; s++) {
  const r = await runSeed(s, protocol, null)
  if (r.violations.length) { bad++; console.log(s, r.violations.length, r.violations.slice(0, 3)) }
  for (const [k, v] of Object.entries(r.stats)) total[k] = k.startsWith('longest') ? Math.max(total[k] ?? 0, v) : (total[k] ?? 0) + v
}
console.log(bad, 'violating', Date.now() - t0, 'ms', total)
