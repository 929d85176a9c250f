/** Reads of session rows that are under way: joined under a lease, and marked when their session ends meanwhile. */
import type { EndReason } from '../protocol.ts'
import type { SessionRow } from '../session-row.ts'

/** What a read brought. */
export interface ReadResult {
  row: SessionRow | null
  /** The session ended while the row was being read: the row may not know yet. */
  endedMeanwhile: EndReason | null
  /** It had begun before this one asked. */
  joined: boolean
  /** The read began under a lease, and nothing was reset since: its row may be kept. */
  cacheable: boolean
}

interface Read {
  id: string
  row: Promise<SessionRow | null>
  ended: EndReason | null
  cacheable: boolean
  askers: number
}

export interface RunningReadsOptions {
  /** Reads the row on the primary. */
  find: (id: string) => Promise<SessionRow | null>
  leased: () => boolean
  /** Rows read at the same time; `full()` says when: one more is answered with 503. */
  max: number
}

export type RunningReads = ReturnType<typeof createRunningReads>

export function createRunningReads ({ find, leased, max }: RunningReadsOptions) {
  const bySession = new Map<string, Set<Read>>()
  const joinable = new Map<string, Read>()
  let underWay = 0

  function begin (id: string, cacheable: boolean): Read {
    const read: Read = { id, row: find(id), ended: null, cacheable, askers: 0 }
    const others = bySession.get(id)
    if (others === undefined) bySession.set(id, new Set([read]))
    else others.add(read)
    underWay++
    if (cacheable) joinable.set(id, read)
    return read
  }

  function leave (read: Read): void {
    if (joinable.get(read.id) === read) joinable.delete(read.id)
    if (--read.askers > 0) return
    underWay--
    const reads = bySession.get(read.id)
    reads?.delete(read)
    if (reads?.size === 0) bySession.delete(read.id)
  }

  return {
    /**
     * Reads the row and decides. Under a lease it joins a read that began under one; without a lease everyone asks
     * alone. `decide` runs in the same step in which the read stops being marked: an end can't slip in between.
     */
    read<T> (id: string, decide: (result: ReadResult) => T | Promise<T>): Promise<T> {
      const underLease = leased()
      const running = underLease ? joinable.get(id) : undefined
      const read = running ?? begin(id, underLease)
      read.askers++
      return read.row.then((row) => {
        leave(read)
        return decide({ row, endedMeanwhile: read.ended, joined: running !== undefined, cacheable: read.cacheable })
      }, (error: unknown) => {
        leave(read)
        throw error
      })
    },

    full: (): boolean => underWay >= max,

    /** Marks the reads of this session: whoever waits for one is rejected, whatever its row says. */
    end (id: string, reason: EndReason): void {
      joinable.delete(id)
      for (const read of bySession.get(id) ?? []) read.ended = reason
    },

    /** What is being read of this session may be old: nobody joins it, nothing of it is kept. */
    forget (id: string): void {
      joinable.delete(id)
      for (const read of bySession.get(id) ?? []) read.cacheable = false
    },

    /** What is being read now may be from a database that is gone: nobody joins it, nothing of it is kept. */
    reset (): void {
      joinable.clear()
      for (const reads of bySession.values()) for (const read of reads) read.cacheable = false
    }
  }
}
