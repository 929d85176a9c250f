/**
 * How sessions have ended, as their rows say it now; one that has gone idle is ended durably before it is called ended.
 */
import type { SessionEnd } from './ended-session.ts'

export interface FindEndsOptions {
  /** Of these sessions, those that live no more. */
  ask: (ids: readonly string[]) => Promise<readonly SessionEnd[]>
  /** Ends a session that is idle; false when it turned out to be active, or to have been ended meanwhile. */
  endIdle: (id: string) => Promise<boolean>
}

/** By id, how those of these sessions ended that live no more. */
export type FindEnds = (ids: readonly string[]) => Promise<ReadonlyMap<string, SessionEnd>>

/** Rejects when PostgreSQL can't be asked. */
export function createFindEnds ({ ask, endIdle }: FindEndsOptions): FindEnds {
  return async function findEnds (ids) {
    const ends = new Map<string, SessionEnd>()
    let asked = ids
    while (asked.length > 0) {
      const found = await ask(asked)
      const idle = found.filter(({ reason, eventId }) => reason === 'idle_timeout' && eventId === null).map(({ id }) =>
        id
      )
      for (const end of found) ends.set(end.id, end)
      for (const id of idle) {
        ends.delete(id)
        await endIdle(id)
      }
      // By then they have an end with an event, or live.
      asked = idle
    }
    return ends
  }
}
