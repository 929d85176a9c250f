/** The judge sees everything, in true time, and knows no protocol: only what was promised. */
import type { LogoutMessage } from '../../../src/protocol.ts'
import type { Machine } from './machine.ts'
import type { DeviceSocket } from './device-socket.ts'
import type { World } from './world.ts'

export interface Violation {
  /** True time, in ms. */
  at: number
  promise: 'G1' | 'G2' | 'G4' | 'G5' | 'G8' | 'R8' | 'signal' | 'name'
  what: string
}

export type Judge = ReturnType<typeof createJudge>

export interface JudgeOptions {
  world: World
  /** Nobody was active in it for so long that it counts as ended, whether somebody has noticed or not. */
  isIdle: (session: string) => boolean
  /** True time of a session's absolute end, in ms: by the database's clock, which is right. */
  endOf: (session: string) => number
  /** No node answers from memory for longer than this after it began to renew, in true ms. */
  longestLeaseMs: number
}

/** Of a revocation that was asked for: where, and what its time is counted from. */
export interface Wait {
  machine: Machine
  /** T′ by the machine's clock, in ms. */
  graceMs: number
  /** True time and the machine's pauses when PostgreSQL had said who the nodes are; null before. */
  begin: { at: number, paused: number } | null
}

/** Work of the app that ends with its session: it holds the session's signal. */
export interface Follower {
  session: string
  machine: Machine
  signal: AbortSignal
  /** Whether its node still runs. */
  running: () => boolean
}

/** For what happens in the same moment, and timers that are rounded, in ms. */
const MARGIN_MS = 10
/** A node's timers look at the clock this often, and may run late. In ms. */
const LOOKS_AGAIN_MS = 70_000

export function createJudge ({ world, isIdle, endOf, longestLeaseMs }: JudgeOptions) {
  const violations: Violation[] = []
  const endedAt = new Map<string, number>()
  const certainAt = new Map<string, number>()
  const sockets: DeviceSocket[] = []
  const followers: Follower[] = []
  /** Node.js keeps a signal that has listeners, and with it the whole world: they leave when it is over. */
  const unfollow: Array<() => void> = []
  const renamedAt = new Map<string, { renames: number, at: number }>()
  /** What a node has read of a session's name, and when: from then on it shows no older one. */
  const knownNames = new Map<Machine, Map<string, { renames: number, at: number }>>()
  const stats = { revocations: 0, confirmed: 0, unconfirmed: 0, admissions: 0, fromMemory: 0, joined: 0, refused: 0, unavailable: 0, frames: 0, logouts: 0, aborts: 0, renames: 0, longestWaitMs: 0 }

  function violated (promise: Violation['promise'], what: string): void {
    violations.push({ at: Math.round(world.now), promise, what })
  }

  return {
    violations,
    stats,

    /** A commit ended it. */
    ended (session: string): void {
      endedAt.set(session, world.now)
    },

    /** A commit gave it another name. */
    renamed (session: string, renames: number): void {
      stats.renames++
      renamedAt.set(session, { renames, at: world.now })
    },

    /** A request that came at this time was shown this name. */
    shown (session: string, name: string, receivedAt: number, machine: Machine): void {
      const known = knownNames.get(machine)?.get(session)
      if (known !== undefined && receivedAt > known.at && Number(name.split(' ')[1]) < known.renames) {
        violated('name', `${machine.name} shows ${session} as "${name}" ${Math.round(receivedAt - known.at)} ms after it has read of a newer name`)
      }
    },

    /** Somebody follows a session's signal. */
    followed (follower: Follower): void {
      const { session, machine, signal } = follower
      followers.push(follower)
      function heard (): void {
        stats.aborts++
        const { statusCode } = signal.reason as { statusCode?: number }
        if (statusCode === 401 && !endedAt.has(session) && world.now < endOf(session)) violated('signal', `${machine.name} aborts the signal of ${session}, which has not ended`)
      }
      signal.addEventListener('abort', heard)
      unfollow.push(() => { signal.removeEventListener('abort', heard) })
    },

    isEnded: (session: string): boolean => endedAt.has(session),

    /** Somebody was let in who had come at this time: as a request, a socket, a frame. */
    admitted (session: string, receivedAt: number, as: string, machine: Machine): void {
      if (as === 'frame') stats.frames++
      else stats.admissions++
      const certain = certainAt.get(session) ?? Infinity
      const end = endedAt.get(session) ?? Infinity
      if (receivedAt > endOf(session)) {
        violated('R8', `${machine.name} admitted a ${as} of ${session} that came ${Math.round(receivedAt - endOf(session))} ms after its absolute end`)
      } else if (receivedAt > certain) {
        violated('G1', `${machine.name} admitted a ${as} of ${session} that came ${Math.round(receivedAt - certain)} ms after the 200`)
      } else if (receivedAt > end + longestLeaseMs + MARGIN_MS) {
        violated('G4', `${machine.name} admitted a ${as} of ${session} that came ${Math.round(receivedAt - end)} ms after the commit`)
      }
    },

    refused (session: string, status: number, machine: Machine): void {
      if (status !== 401) {
        stats.unavailable++
        return
      }
      stats.refused++
      if (!endedAt.has(session) && world.now < endOf(session)) violated('G8', `${machine.name} says that ${session} has ended, and it has not`)
    },

    /** A revocation was answered with 200: these had ended when it was asked for, or by it. */
    certain (sessions: readonly string[], { machine, graceMs, begin }: Wait): void {
      stats.confirmed++
      for (const session of sessions) if (!certainAt.has(session)) certainAt.set(session, world.now)
      if (begin === null) return
      const waited = world.now - begin.at
      stats.longestWaitMs = Math.max(stats.longestWaitMs, waited)
      const allowed = graceMs / machine.rate + (machine.pausedMs() - begin.paused) + MARGIN_MS
      if (waited > allowed) violated('G2', `${machine.name} answered after ${Math.round(waited)} ms, and ${Math.round(allowed)} ms are allowed`)
    },

    opened (socket: DeviceSocket): void {
      sockets.push(socket)
    },

    toldLogout (socket: DeviceSocket, message: LogoutMessage): void {
      stats.logouts++
      if (socket.session !== message.sessionId) violated('G5', `a socket of ${socket.session} was told that ${message.sessionId} has ended`)
      if (!endedAt.has(message.sessionId) && !isIdle(message.sessionId) && world.now < endOf(message.sessionId)) violated('G5', `a socket of ${socket.session} was told its end, and it has not ended`)
      if (++socket.logouts > 1) violated('G5', `a socket of ${socket.session} was told its end twice`)
    },

    /** A renewal's reply is here; gives what looks afterwards whether all were told that ended between the last one's snapshot and its own. */
    renewing (machine: Machine, { since, until }: { since: number, until: number }): () => void {
      const concerned = sockets.filter((socket) => {
        const end = endedAt.get(socket.session) ?? Infinity
        return socket.machine === machine && socket.live && since < end && end < until
      })
      const following = followers.filter((follower) => {
        const end = endedAt.get(follower.session) ?? Infinity
        return follower.machine === machine && since < end && end < until
      })
      const renamed = [...renamedAt].filter(([, { at }]) => since < at && at < until)
      return () => {
        for (const { session, signal } of following) if (!signal.aborted) violated('signal', `${machine.name} has renewed and did not abort the signal of ${session}`)
        const names = knownNames.get(machine) ?? new Map<string, { renames: number, at: number }>()
        knownNames.set(machine, names)
        for (const [session, { renames }] of renamed) names.set(session, { renames, at: world.now })
        for (const socket of concerned) if (socket.live) violated('G5', `${machine.name} has renewed and did not tell a socket of ${socket.session} its end`)
      }
    },

    /** All has been quiet for long. Nothing is judged any more after it. */
    finish (): void {
      for (const leave of unfollow) leave()
      for (const { session, machine, signal, running } of followers) {
        if (!machine.alive || !running() || signal.aborted) continue
        if (endedAt.has(session) || world.now > endOf(session) + LOOKS_AGAIN_MS) violated('signal', `${machine.name} has not aborted the signal of ${session}, which has ended`)
      }
      for (const socket of sockets) {
        if (!socket.machine.alive || !socket.open) continue
        if (endedAt.has(socket.session) || world.now > endOf(socket.session) + LOOKS_AGAIN_MS) violated('G5', `${socket.machine.name} still holds an open socket of ${socket.session}, which has ended`)
      }
    }
  }
}
