/** "This wasn't me": what the link in a notice may do. A look changes nothing; the button ends it, once. */
import { RevocationUnconfirmed } from '../errors.ts'
import type { Ending } from '../session/ending.ts'
import type { Store } from '../session/store/store.ts'
import type { ReportLinks } from './link.ts'
import type { NoticeRow, OutboxQueries } from './outbox-queries.ts'

export interface ReportOptions {
  links: ReportLinks
  queries: Pick<OutboxQueries, 'find' | 'noteReported' | 'noteOthersEnded'>
  store: Pick<Store, 'transaction'>
  ending: Pick<Ending, 'end' | 'confirmEnded'>
  linkMs: number
}

/** A notice whose link was opened; always with a session. */
export type ReportedNotice = NoticeRow & { sessionId: string }

export type ReportState =
  /** Forged, cut off, or of a notice that is not kept any more. */
  | { state: 'bad' }
  | { state: 'expired', notice: ReportedNotice }
  | { state: 'open', notice: ReportedNotice }
  /** It was used. `usable`: the other sessions may still be ended with it. */
  | { state: 'done', notice: ReportedNotice, usable: boolean }
  /** Ended and committed, but not certain on every node yet; repeating is safe. */
  | { state: 'unsure', notice: ReportedNotice }
  /** Nobody could be asked: nothing was looked at, or nothing was ended. */
  | { state: 'failed' }

export type Report = ReturnType<typeof createReport>

export function createReport ({ links, queries, store, ending, linkMs }: ReportOptions) {
  /** Changes nothing. Rejects with the driver's error. */
  async function look (token: string): Promise<ReportState> {
    const link = links.read(token)
    const notice = link === null ? null : await queries.find(link.noticeId)
    if (notice === null || notice.sessionId === null) return { state: 'bad' }
    const known = notice as ReportedNotice
    // Its age is the database's: no clock of a node's makes a link older or younger.
    const expired = notice.ageMs > linkMs
    if (notice.reportedAt === null) return { state: expired ? 'expired' : 'open', notice: known }
    return { state: 'done', notice: known, usable: !expired && notice.othersEndedAt === null }
  }

  /**
   * Ends its session, and all others of its device, and refuses the device from then on. Under the user's lock: no
   * login slips in between.
   */
  async function endDevice ({ userId, sessionId, deviceId }: ReportedNotice, ip: string | null): Promise<void> {
    const ids = await store.transaction(async (within) => {
      await within.lockForLogin(userId)
      await within.refuseDeviceOf({ userId, sessionId, deviceId })
      return await within.sessionsOfDeviceOf({ userId, sessionId, deviceId })
    })
    await ending.end({ ids: [...new Set([sessionId, ...ids])], userId }, { reason: 'reported_by_user', by: userId, ip })
  }

  /** What was committed is done, even where not every node has said so. */
  async function notingDone (work: Promise<unknown>, note: () => Promise<unknown>): Promise<boolean> {
    try {
      await work
    } catch (error) {
      if (!(error instanceof RevocationUnconfirmed)) throw error
      await note()
      return false
    }
    await note()
    return true
  }

  return {
    look,

    /** The button. A second time waits for the same end, and ends nothing more. */
    async confirm (token: string, ip: string | null): Promise<ReportState> {
      const found = await look(token)
      if (found.state !== 'open' && found.state !== 'done') return found
      const { notice } = found
      const work = found.state === 'open'
        ? endDevice(notice, ip)
        : ending.confirmEnded({ ids: [notice.sessionId], userId: notice.userId })
      const sure = await notingDone(work, () => queries.noteReported(notice.id))
      return sure ? await look(token) : { state: 'unsure', notice }
    },

    /** The second button, after the first: all other sessions of the user end as well; once. */
    async endOthers (token: string, ip: string | null): Promise<ReportState> {
      const found = await look(token)
      if (found.state !== 'done') return found
      const { notice, usable } = found
      const { userId } = notice
      const work = usable
        ? ending.end({ userId }, { reason: 'reported_by_user', by: userId, ip })
        : ending.confirmEnded({ userId })
      const sure = await notingDone(work, async () => { if (usable) await queries.noteOthersEnded(notice.id) })
      return sure ? await look(token) : { state: 'unsure', notice }
    }
  }
}
