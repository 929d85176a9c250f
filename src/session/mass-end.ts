/** Ends all sessions that match a filter, in chunks; first the users' older proofs, where they are to count no more. */
import { setTimeout as delay } from 'node:timers/promises'
import { WHOLE_ADDRESSES, type AddressRule } from '../address.ts'
import { RevocationUnconfirmed } from '../errors.ts'
import type { RevocationReport } from '../protocol.ts'
import type { Cause } from './ended-session.ts'
import { MAX_REPORTED_IDS, type Ending } from './ending.ts'
import type { EndedChunk } from './store/administration.ts'
import { changesCredentials } from './store/credentials.ts'
import { isEverybody, normalizeFilter, requireKept, type SessionFilter } from './store/filter.ts'
import type { Store } from './store/store.ts'

export interface MassEndOptions {
  store: Store
  ending: Pick<Ending, 'reportConfirmed'>
  /** What is kept of addresses; left out: all of it. */
  addressRule?: AddressRule
  /** Nothing more is to be begun: the node goes down. */
  closing: () => boolean
}

/** Sessions ended in one statement: its locks are short. */
const CHUNK = 1_000
/** Users noted in one transaction, each with a lock: PostgreSQL has room for some thousand of them. */
const USERS = 500
/** A chunk that waited for somebody's locks has not cost that much, in ms. */
const LONGEST_REST_MS = 500
/**
 * How long an end of everybody's sessions waits for logins that are in their transactions, and how often it looks. In
 * ms.
 */
const LONGEST_WAIT_FOR_LOGINS_MS = 5_000
const LOOK_EVERY_MS = 20

export function createMassEnd ({ store, ending, addressRule = WHOLE_ADDRESSES, closing }: MassEndOptions) {
  /**
   * Notes, for everybody whose sessions are to end, that a password checked before counts no more; gives the
   * transactions. All of it before the first end: a login that came in between would leave a session where the chunks
   * have been already.
   */
  async function noteCredentialsChange (filter: SessionFilter, cause: Cause): Promise<string[]> {
    if (!changesCredentials(cause)) return []
    if (isEverybody(filter)) {
      return [await store.transaction((queries) => queries.noteEverybodysCredentialsChange(cause))]
    }
    const noteAll = (userIds: readonly string[]): Promise<string> =>
      store.transaction((queries) => queries.noteCredentialsChange(userIds, cause))
    // Named, they need no session: the login under way may be the first.
    if (filter.userId !== undefined) return [await noteAll([filter.userId])]
    const xids: string[] = []
    let after: string | null = null
    do {
      const userIds: string[] = await store.usersWhere(filter, { after, limit: USERS })
      if (userIds.length > 0) xids.push(await noteAll(userIds))
      after = userIds.length < USERS ? null : userIds.at(-1) ?? null
      if (after !== null && closing()) throw new RevocationUnconfirmed()
    } while (after !== null)
    return xids
  }

  /**
   * Logins that may not know of the note leave sessions behind the chunks: whether they are all over. Later ones wait
   * for nobody.
   */
  async function earlierLoginsOver (): Promise<boolean> {
    const deadline = performance.now() + LONGEST_WAIT_FOR_LOGINS_MS
    let left = await store.loginsUnderWay()
    while (left.length > 0 && performance.now() < deadline && !closing()) {
      await delay(LOOK_EVERY_MS)
      const among = left
      left = await store.loginsUnderWay(among)
    }
    return left.length === 0
  }

  return {
    /** How many active sessions {@link revokeWhere} would end. Touches nothing. */
    async countWhere (given: SessionFilter): Promise<number> {
      const filter = requireKept(normalizeFilter(given), addressRule)
      return await store.countWhere(filter)
    },

    /**
     * Ends all sessions that match, in chunks by id when they are many; resolves when that is certain. With
     * `password_changed` and `account_disabled` logins of those users that are under way are refused, too. This node
     * learns of the ends as the others do, page by page. After each chunk the database rests for as long as it took:
     * the others' requests go on meanwhile. Rejects with `SESSION_REVOCATION_UNCONFIRMED`, though it has ended all that
     * it saw, when a login stayed in an app's open transaction.
     */
    async revokeWhere (
      given: SessionFilter, cause: Cause, onProgress: (ended: number) => void = () => {}
    ): Promise<RevocationReport> {
      const filter = requireKept(normalizeFilter(given), addressRule)
      let count = 0
      const ids: string[] = []
      const xids = await noteCredentialsChange(filter, cause)
      const complete = !changesCredentials(cause) || !isEverybody(filter) || await earlierLoginsOver()
      let after: string | null = null
      do {
        const begin = performance.now()
        const page = { after, limit: CHUNK, named: MAX_REPORTED_IDS - ids.length }
        const chunk: EndedChunk = await store.endWhere(filter, cause, page)
        count += chunk.count
        ids.push(...chunk.ids)
        if (chunk.xid !== null) xids.push(chunk.xid)
        after = chunk.last
        onProgress(count)
        if (after !== null) await delay(Math.min(performance.now() - begin, LONGEST_REST_MS))
        if (after !== null && closing()) throw new RevocationUnconfirmed()
      } while (after !== null)
      // A repeat waits for what was ended before, and may not have reached every node.
      const report = await ending.reportConfirmed({ count, ids, xids }, await store.unappliedEndsWhere(filter, xids))
      if (!complete) throw new RevocationUnconfirmed()
      return report
    }
  }
}
