/** The database's own time: an independent connection commits a row again and again, and says how long that takes. */
import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'

export interface Control {
  /** The longest commit between these times, in ms; the machine's own stalls are in it. */
  longest: (from: number, to: number) => number
  /** 1 while all is quick; less on a machine that can't keep up, so that it is not the load that is tested. */
  pace: () => number
  stop: () => void
}

const EVERY_MS = 100
/** A commit this quick, in ms, shows a machine that keeps up. */
const QUICK_MS = 60
const SLOWEST_PACE = 0.2

export async function startControl (pool: pg.Pool): Promise<Control> {
  const commits: Array<{ from: number, to: number }> = []
  const state = { stopped: false }
  await pool.query('create table control (n int)')

  async function run (): Promise<void> {
    while (!state.stopped) {
      const commit = { from: performance.now(), to: Infinity }
      commits.push(commit)
      await pool.query('insert into control values (1)').catch(() => {})
      commit.to = performance.now()
      await delay(EVERY_MS)
    }
  }
  void run()

  return {
    longest (from, to) {
      const now = performance.now()
      return commits.reduce((most, commit) => commit.from <= to && from <= commit.to ? Math.max(most, Math.min(commit.to, now) - commit.from) : most, 0)
    },
    pace () {
      const last = commits.at(-1)
      if (last === undefined) return 1
      const before = commits.at(-2)
      const took = Math.max(Math.min(last.to, performance.now()) - last.from, before === undefined ? 0 : before.to - before.from)
      return took < QUICK_MS ? 1 : Math.max(SLOWEST_PACE, QUICK_MS / took)
    },
    stop () { state.stopped = true }
  }
}
