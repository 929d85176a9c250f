/** The database's own time: an independent connection commits a row again and again, and says how long that takes. */
import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'

export interface Control {
  /** The longest commit between these times, in ms; the machine's own stalls are in it. */
  longest: (from: number, to: number) => number
  stop: () => void
}

const EVERY_MS = 100

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
    stop () { state.stopped = true }
  }
}
