/**
 * Preloaded into a node: on SIGUSR2 it says on stderr how long its event loop was blocked since the last time, in ms: by the clock;
 * and how long one turn of its thread had the processor, but for turns in which the whole heap was collected.
 */
import { readFileSync } from 'node:fs'
import { constants, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'

/** Gaps that are looked at; shorter ones are well. */
const GAP_MS = 10

const delays = monitorEventLoopDelay({ resolution: 1 })
delays.enable()
let collections = []
let gaps = []
new PerformanceObserver((list) => { collections.push(...list.getEntries()) }).observe({ entryTypes: ['gc'] })

const cpuMs = () => Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6

let [began, used] = [performance.now(), cpuMs()]
setInterval(() => {
  const [now, cpu] = [performance.now(), cpuMs()]
  if (now - began > GAP_MS) gaps.push({ from: began, to: now, cpu: cpu - used })
  began = performance.now()
  used = cpuMs()
}, 1).unref()

function collectedAll ({ from, to }) {
  return collections.some(({ startTime, duration, detail }) => detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR && startTime < to && startTime + duration > from)
}

/** What is told of collections comes a little later. */
const TOLD_WITHIN_MS = 200

process.on('SIGUSR2', () => {
  const { longest, p99 } = { longest: delays.max / 1e6, p99: delays.percentile(99) / 1e6 }
  const seen = gaps
  gaps = []
  delays.reset()
  setTimeout(() => {
    const own = seen.filter((gap) => !collectedAll(gap)).map(({ cpu }) => cpu)
    console.error(`loop ${JSON.stringify({ longest, p99, own: Math.max(GAP_MS, ...own) })}`)
    collections = []
  }, TOLD_WITHIN_MS)
})
