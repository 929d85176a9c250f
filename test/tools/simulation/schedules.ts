/** For each mutant the story that it can't survive: scripted, so that no change of the code elsewhere shifts it away. */
import { sessionName } from './cluster.ts'
import type { Schedule, Stage } from './stage.ts'

const without = (until: number, play: Schedule['play']): Schedule => ({ bus: false, until, play })
const withBus = (until: number, play: Schedule['play']): Schedule => ({ bus: true, until, play })

/** B from 500 ms on, with the session in its memory. */
function cachedAtB ({ at, addB, ask }: Stage, then: (b: ReturnType<Stage['addB']>) => void): void {
  at(500, () => {
    const b = addB()
    ask(b, 600, 620)
    then(b)
  })
}

/** The session ends between the restart of PostgreSQL and B's fresh cursor: no renewal will tell B. */
function endedDuringRestart (then: (stage: Stage, b: ReturnType<Stage['addB']>) => void, breaks: NonNullable<Schedule['breaks']>): Schedule {
  return {
    ...without(20_000, (stage) => {
      cachedAtB(stage, (b) => { then(stage, b) })
      stage.at(5_300, () => { stage.hold('register', { request: 300 }) })
      stage.at(5_600, () => { stage.revoke() })
    }),
    outages: [{ kind: 'restarted', from: 5_000, until: 5_200 }],
    breaks
  }
}

export const SCHEDULES: Readonly<Record<string, Schedule>> = {
  // B renews twice, and its row says that it has applied everything.
  lease_without_reading: without(12_000, (stage) => {
    cachedAtB(stage, (b) => { stage.ask(b, 5_500, 11_000) })
    stage.at(5_600, () => { stage.revoke() })
  }),

  // B's wall clock is an hour slow; nobody ends the session: its time has come.
  own_wall_clock: {
    ...without(9_000, (stage) => {
      stage.at(500, () => { stage.ask(stage.addB(-3_600_000), 600, 8_000) })
    }),
    endAt: 6_000
  },

  // The second DELETE comes while the first one still waits for B.
  repeat_at_once: without(12_000, (stage) => {
    cachedAtB(stage, (b) => { stage.ask(b, 5_600, 6_000) })
    stage.at(5_600, () => { stage.revoke() })
    stage.at(5_650, () => { stage.revoke() })
  }),

  // The renewal that the wake asked for is slow.
  ack_on_receipt: withBus(12_000, (stage) => {
    cachedAtB(stage, (b) => { stage.ask(b, 5_600, 6_500) })
    stage.at(5_550, () => { stage.hold('renew', { request: 400 }) })
    stage.at(5_600, () => { stage.revoke() })
  }),

  // The renewal during which the wake comes has its snapshot from before the commit; the one after it is slow.
  ack_by_running_renewal: withBus(12_000, (stage) => {
    cachedAtB(stage, (b) => { stage.ask(b, 5_600, 7_000) })
    stage.at(5_400, () => {
      stage.hold('renew', { reply: 400 })
      stage.hold('renew', { request: 400 })
    })
    stage.at(5_600, () => { stage.revoke() })
  }),

  // The commit falls between the snapshot of B's renewal and the end of it.
  two_statement_renewal: without(15_000, (stage) => {
    cachedAtB(stage, (b) => { stage.ask(b, 5_600, 12_000) })
    stage.at(5_400, () => { stage.hold('renew', { work: 400 }) })
    stage.at(5_600, () => { stage.revoke() })
  }),

  // The transaction with the lower number commits last, after B has read the higher one.
  sequence_cursor: without(12_000, (stage) => {
    cachedAtB(stage, (b) => { stage.ask(b, 6_500, 9_000) })
    stage.at(5_000, () => {
      stage.holdAtA('end', { work: 1_500 })
      stage.revoke()
    })
    stage.at(5_100, () => { stage.revoke(sessionName(1)) })
  }),

  // Each of B's renewals takes nearly as long as a lease.
  lease_from_reply: without(16_000, (stage) => {
    cachedAtB(stage, (b) => { stage.ask(b, 10_000, 14_000) })
    stage.at(5_400, () => { stage.hold('renew', { reply: 3_900 }, 2) })
    stage.at(5_600, () => { stage.revoke() })
  }),

  // B stands still for longer than its lease; a request waits in its socket, and is read before any timer runs.
  timer_fence: without(16_000, (stage) => {
    cachedAtB(stage, (b) => {
      stage.ask(b, 11_000, 11_500)
      stage.at(5_520, () => { b.machine.pause(6_000) })
    })
    stage.at(6_000, () => { stage.revoke() })
  }),

  // The row is read before the commit, and its answer comes after B has applied the end.
  fill_race: withBus(12_000, (stage) => {
    cachedAtB(stage, (b) => { stage.ask(b, 4_950, 6_000, sessionName(1)) })
    stage.at(4_900, () => { stage.hold('find', { reply: 400 }) })
    stage.at(5_000, () => { stage.revoke(sessionName(1)) })
  }),

  // A cold node reads the row, the end is certain without it, and its cursor begins after the end.
  cold_read_cached: without(10_000, (stage) => {
    stage.at(5_000, () => {
      stage.hold('register', { request: 300 })
      stage.hold('find', { reply: 600 })
      const b = stage.addB()
      stage.ask(b, 5_010, 5_020)
      stage.ask(b, 5_700, 6_500)
    })
    stage.at(5_100, () => { stage.revoke() })
  }),

  // A cold node's read is still running when the next request comes, after the 200.
  join_without_lease: without(10_000, (stage) => {
    stage.at(5_000, () => {
      stage.hold('register', { request: 1_000 })
      stage.hold('find', { reply: 600 })
      const b = stage.addB()
      stage.ask(b, 5_010, 5_020)
      stage.ask(b, 5_200, 5_500)
    })
    stage.at(5_100, () => { stage.revoke() })
  }),

  // B joins after A's last renewal, and before the commit.
  registry_before_commit: without(12_000, (stage) => {
    stage.at(5_100, () => { stage.ask(stage.addB(), 5_200, 6_000) })
    stage.at(5_300, () => { stage.revoke() })
  }),

  // Redis is restarted, empty, after B's last renewal.
  registry_in_redis: without(12_000, (stage) => {
    cachedAtB(stage, (b) => { stage.ask(b, 5_600, 6_500) })
    stage.at(5_550, () => { stage.cluster.nodesTable.forgetVolatile() })
    stage.at(5_600, () => { stage.revoke() })
  }),

  // B is silent for T′, wakes, and has its renewal running: its snapshot is from before the commit, its row is locked.
  skip_silent_row: without(16_000, (stage) => {
    cachedAtB(stage, (b) => {
      stage.ask(b, 8_600, 9_000)
      stage.at(2_600, () => { b.machine.pause(5_400) })
    })
    stage.at(7_900, () => { stage.hold('renew', { work: 600 }) })
    stage.at(8_100, () => { stage.revoke() })
  }),

  // B is silent for T′, wakes and renews; the DELETE of its row was on its way all the time.
  evict_unconditionally: without(16_000, (stage) => {
    cachedAtB(stage, (b) => {
      stage.ask(b, 10_000, 11_000)
      stage.at(2_600, () => { b.machine.pause(6_400) })
    })
    stage.at(7_900, () => { stage.holdAtA('evict', { request: 2_300 }) })
    stage.at(10_500, () => { stage.revoke() })
  }),

  // B is evicted; the end is certain without it; then it comes back, under a new name.
  cursor_lost_on_burial: without(16_000, (stage) => {
    cachedAtB(stage, (b) => {
      stage.ask(b, 9_000, 12_000)
      stage.at(2_600, () => { b.machine.pause(6_400) })
    })
    stage.at(8_900, () => { stage.hold('register', { request: 500 }) })
    stage.at(9_100, () => { stage.revoke() })
  }),

  // All of B's renewals are answered and then rolled back: to the others it is silent.
  lease_before_commit: without(12_000, (stage) => {
    cachedAtB(stage, (b) => { stage.ask(b, 6_000, 6_500) })
    stage.at(1_400, () => { stage.hold('renew', { rolledBack: true }, 100) })
    stage.at(6_100, () => { stage.revoke() })
  }),

  ends_without_admission: withBus(12_000, (stage) => {
    cachedAtB(stage, (b) => { stage.ask(b, 5_600, 6_500) })
    stage.at(5_600, () => { stage.revoke() })
  }),

  ends_without_sockets: {
    ...withBus(12_000, (stage) => {
      cachedAtB(stage, (b) => { stage.frames(b, 700, 800, 900) })
      stage.at(5_600, () => { stage.revoke() })
    }),
    breaks: ['G5']
  },

  ends_without_signals: {
    ...withBus(12_000, (stage) => {
      cachedAtB(stage, (b) => { stage.follow(b, 700) })
      stage.at(5_600, () => { stage.revoke() })
    }),
    breaks: ['signal']
  },

  reset_without_admission: endedDuringRestart((stage, b) => { stage.ask(b, 11_000, 12_000) }, ['G1', 'G4']),
  reset_without_sockets: endedDuringRestart((stage, b) => { stage.frames(b, 700, 800, 900) }, ['G5']),
  reset_without_signals: endedDuringRestart((stage, b) => { stage.follow(b, 700) }, ['signal']),

  changes_without_refresh: {
    ...without(12_000, (stage) => {
      cachedAtB(stage, (b) => { stage.ask(b, 7_000, 7_500) })
      stage.at(5_600, () => { stage.rename() })
    }),
    breaks: ['name']
  }
}

/** Stories that the protocol itself did not survive, once. */
export const LESSONS: Readonly<Record<string, Schedule>> = {
  // B's wall clock is an hour fast: to it, the session has ended long ago.
  'a living session is not refused by a clock that is fast': {
    ...without(9_000, (stage) => {
      stage.at(500, () => { stage.ask(stage.addB(3_600_000), 600, 5_900) })
    }),
    endAt: 6_000
  },

  // B's row is read before the end, and its answer comes after it; a request that comes after the end joins that read.
  'a read from before the absolute end admits nobody who came after it': {
    ...without(9_000, (stage) => {
      stage.at(500, () => {
        const b = stage.addB()
        stage.at(5_900, () => { stage.hold('find', { reply: 600 }) })
        stage.ask(b, 5_980, 6_400)
      })
    }),
    endAt: 6_000
  },

  // A session ends between the restart of PostgreSQL and B's fresh cursor: no renewal will tell B.
  'a socket is told of an end from before a fresh cursor': {
    ...without(20_000, (stage) => {
      cachedAtB(stage, (b) => { stage.frames(b, 700, 800, 900) })
      stage.at(5_300, () => { stage.hold('register', { request: 300 }) })
      stage.at(5_600, () => { stage.revoke() })
    }),
    outages: [{ kind: 'restarted', from: 5_000, until: 5_200 }]
  },

  // The same, and the check of the socket takes long; meanwhile B has a lease again.
  'no frame passes while a socket is checked after a restart': {
    ...without(20_000, (stage) => {
      cachedAtB(stage, (b) => { stage.frames(b, 700, 800, 11_000) })
      stage.at(5_250, () => { stage.hold('find', { reply: 6_000 }) })
      stage.at(5_300, () => { stage.revoke() })
    }),
    outages: [{ kind: 'restarted', from: 5_000, until: 5_200 }]
  },

  // The end is applied during a slow hook, before the app's socket is registered.
  'no frame passes before an attached socket was checked': withBus(12_000, (stage) => {
    cachedAtB(stage, (b) => {
      stage.at(5_500, () => {
        stage.hold('find', { reply: 2_000 })
        b.connect({
          session: sessionName(0),
          token: `token ${sessionName(0)}`,
          hooksMs: 300,
          silent: false,
          own: false,
          onOpen (socket) {
            for (let ms = 0; ms < 1_500; ms += 20) stage.cluster.world.later(ms, () => { socket.send(() => ({ readAt: stage.cluster.world.now })) })
          }
        })
      })
    })
    stage.at(5_600, () => { stage.revoke() })
  })
}
