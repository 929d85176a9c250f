/** Ending sessions: commit the rows, then wait until no node accepts them; the same for an app's own transaction. */
import type { Transaction } from '../app/instances.ts'
import { CallInvalid, RevocationUnconfirmed, SessionNotFound } from '../errors.ts'
import type { RevocationReport } from '../protocol.ts'
import type { Confirmed } from '../revocation/confirmation.ts'
import type { Cause, EndedSession, Selection } from './ended-session.ts'
import { enterTransaction, requireCommitted } from './own-transaction.ts'
import { mayNoteEnd, noticeOfEnd, type Noting } from './noting.ts'
import { changesCredentials } from './store/credentials.ts'
import type { Queries, Store } from './store/store.ts'

export interface EndingOptions {
  store: Store
  /** Waits until no node accepts these sessions any more, and every node has seen these transactions. */
  confirm: (ended: readonly EndedSession[], seen?: readonly string[]) => Promise<Confirmed>
  /** A renewal that begins now, through. */
  renew: () => Promise<void>
  /** Which ends are told to their user; null: none. */
  noting?: Noting | null
}

/** Ids in a report. */
export const MAX_REPORTED_IDS = 100
/** Every node has applied it long ago. */
const NOTHING_TO_WAIT_FOR: Confirmed = { waitedMs: 0, acknowledged: 1, lapsed: 0, notified: 0 }

/** What several transactions ended; the sessions themselves may be too many to keep. */
export interface Ended {
  count: number
  /** Of the first ones, for the report. */
  ids: readonly string[]
  xids: readonly string[]
}

/** What a transaction wrote. */
interface Written {
  ended: EndedSession[]
  /**
   * Whose credentials it changed, and the transaction itself: logins that begin after the answer, on any node, must
   * know it.
   */
  noted: { userIds: string[], xid: string } | null
  leftNotice: boolean
}

export type Ending = ReturnType<typeof createEnding>

export function createEnding ({ store, confirm, renew, noting = null }: EndingOptions) {
  /** Waits for a renewal that begins now: what it can't read is not certain. */
  async function renewed (): Promise<void> {
    await renew().catch((cause: unknown) => { throw Object.assign(new RevocationUnconfirmed(), { cause }) })
  }

  async function commit (selection: Selection, cause: Cause): Promise<Written> {
    if (!changesCredentials(cause) && !mayNoteEnd(noting, selection, cause)) {
      return await write(store, selection, cause, noting)
    }
    return await store.transaction((queries) => write(queries, selection, cause, noting))
  }

  /**
   * Waits for what has just ended and, as a repeat does, for what ended earlier and may not have reached every node.
   */
  async function confirmAndReport (selection: Selection, { ended, noted }: Written): Promise<RevocationReport> {
    const one = 'ids' in selection && selection.ids.length === 1 && ended.length === 1
    const known = new Set(ended.map(({ id }) => id))
    const earlier = one ? [] : await store.unappliedEnds(selection)
    const all = [...ended, ...earlier.filter(({ id }) => !known.has(id))]
    return reportOf(shortOf(ended), await wait(all, noted === null ? [] : [noted.xid]))
  }

  /** Back to a savepoint, and the transaction is committed without this. */
  async function reallyWritten (xid: string, { ended, noted, leftNotice }: Written): Promise<Written> {
    const found = await store.endedBy(xid, ended.map(({ id }) => id))
    const kept = noted === null || await store.credentialsChangedBy(xid, noted.userIds)
    if (found.length !== ended.length || !kept) {
      throw new CallInvalid('the part of the transaction that ended the sessions was rolled back')
    }
    return { ended: found, noted, leftNotice }
  }

  async function wait (ended: readonly EndedSession[], seen: readonly string[]): Promise<Confirmed> {
    return ended.length + seen.length > 0 ? await confirm(ended, seen) : NOTHING_TO_WAIT_FOR
  }

  async function report (selection: Selection, written: Written): Promise<RevocationReport> {
    if (written.leftNotice) noting?.noted()
    const result = await confirmAndReport(selection, written)
    // A login that begins after this answer must see the change: this node's cursor has to be past it.
    if (written.noted !== null) await renewed()
    return result
  }

  return {
    /** Ends these sessions in a transaction of its own, never an ambient one; resolves when that is certain. */
    async end (selection: Selection, cause: Cause): Promise<RevocationReport> {
      return await report(selection, await commit(selection, cause))
    },

    /**
     * Ends them inside the caller's transaction. What it gives is to be called after the commit, and resolves when that
     * is certain. Rejects with `SESSION_NOT_FOUND` when they were named, and there is none of them (or it is not this
     * user's).
     */
    async endIn (
      transaction: Transaction,
      selection: Selection,
      cause: Cause
    ): Promise<() => Promise<RevocationReport>> {
      const queries = store.within(transaction)
      const xid = await enterTransaction(queries, 'revokeIn')
      const written = await write(queries, selection, cause, noting)
      if ('ids' in selection && written.ended.length === 0 && (await queries.usersOf(selection)).length === 0) {
        throw new SessionNotFound()
      }
      return async () => {
        await requireCommitted(store, xid)
        return await report(selection, await reallyWritten(xid, written))
      }
    },

    /** Waits until these, which have been committed, are out on every node. */
    confirm: (ended: readonly EndedSession[]) => confirm(ended, []),

    /**
     * The report of what these committed transactions ended, when that and the earlier ends are out on every node, this
     * one included.
     */
    async reportConfirmed ({ count, ids, xids }: Ended, earlier: readonly EndedSession[]): Promise<RevocationReport> {
      if (xids.length > 0) await renewed()
      return reportOf({ count, ids }, await wait(earlier, xids))
    },

    /** The report of a repeat whose end has been confirmed before. */
    nothingLeft: (): RevocationReport => reportOf({ count: 0, ids: [] }, NOTHING_TO_WAIT_FOR),

    /** Ends nothing: waits until every earlier end of these sessions is certain. */
    async confirmEnded (selection: Selection): Promise<RevocationReport> {
      return await confirmAndReport(selection, { ended: [], noted: null, leftNotice: false })
    }
  }
}

async function write (queries: Queries, selection: Selection, cause: Cause, noting: Noting | null): Promise<Written> {
  const userIds = changesCredentials(cause) ? await concerned(queries, selection) : []
  const noted = userIds.length === 0 ? null : { userIds, xid: await queries.noteCredentialsChange(userIds, cause) }
  const ended = await queries.end(selection, cause)
  const notice = noticeOfEnd(noting, selection, cause, ended)
  const usersToTell = 'ids' in selection ? userIds : [selection.userId]
  if (notice !== null && usersToTell.length > 0) await queries.noteNotice(usersToTell, notice)
  return { ended, noted, leftNotice: notice !== null }
}

/** Whose sessions are to end, whether any is alive or not: somebody may be logging in. */
async function concerned (queries: Queries, selection: Selection): Promise<string[]> {
  return 'ids' in selection ? await queries.usersOf(selection) : [selection.userId]
}

function shortOf (ended: readonly EndedSession[]): Pick<Ended, 'count' | 'ids'> {
  return { count: ended.length, ids: ended.slice(0, MAX_REPORTED_IDS).map(({ id }) => id) }
}

function reportOf (
  { count, ids }: Pick<Ended, 'count' | 'ids'>,
  { waitedMs, acknowledged, lapsed, notified }: Confirmed
): RevocationReport {
  return {
    count,
    revoked: [...ids],
    confirmed: true,
    waitedMs,
    nodes: { acknowledged, lapsed },
    sockets: { notified }
  }
}
