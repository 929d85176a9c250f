/**
 * Preloaded into a node: on SIGUSR2 it says on stderr how long its event loop was blocked since the last time, in ms: by the clock,
 * and by its own work alone, which is neither other processes' turns on the processor nor the collection of garbage.
 */
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'

/** Gaps that are looked at; shorter ones are well. */
const GAP_MS = 10

const delays = monitorEventLoopDelay({ resolution: 1 })
delays.enable()
let collections = []
let gaps = []
new PerformanceObserver((list) => { collections.push(...list.getEntries()) }).observe({ entryTypes: ['gc'] })

let [began, used] = [performance.now(), process.cpuUsage()]
setInterval(() => {
  const now = performance.now()
  const { user, system } = process.cpuUsage(used)
  if (now - began > GAP_MS) gaps.push({ from: began, to: now, cpu: (user + system) / 1_000 })
  began = now
  used = process.cpuUsage()
}, 1).unref()

/** Of this gap, what went into collecting garbage. */
function collected ({ from, to }) {
  return collections.reduce((sum, { startTime, duration }) => sum + Math.max(0, Math.min(to, startTime + duration) - Math.max(from, startTime)), 0)
}

/** What is told of collections comes a little later. */
const TOLD_WITHIN_MS = 200

process.on('SIGUSR2', () => {
  const { longest, p99 } = { longest: delays.max / 1e6, p99: delays.percentile(99) / 1e6 }
  const seen = gaps
  gaps = []
  delays.reset()
  setTimeout(() => {
    const own = seen.map((gap) => Math.min(gap.to - gap.from - collected(gap), gap.cpu))
    console.error(`loop ${JSON.stringify({ longest, p99, own: Math.max(GAP_MS, ...own) })}`)
    collections = []
  }, TOLD_WITHIN_MS)
})
