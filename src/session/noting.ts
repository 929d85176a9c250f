/** Which transactions leave a notice behind, and what it says. Pure. */
import type { NoticeContent, NoticeEvent } from '../notice-types.ts'
import type { Location, NoticeKind, RiskReason } from '../protocol.ts'
import type { SessionRow } from '../session-row.ts'
import type { Cause, EndedSession, Selection } from './ended-session.ts'
import type { NewNotice } from './store/notices.ts'

/** What is sent at all, and how often. */
export interface Noting {
  kinds: readonly NoticeEvent[]
  /** Notices a user is sent in 24 hours. */
  maxPerDay: number
  /** One has been committed: somebody may send it now. */
  noted: () => void
}

export interface NotedLogin {
  kind: NoticeKind | null
  row: SessionRow
  deviceId: string | null
  /** By which way they signed in; null where nobody said. */
  method: string | null
  reasons: readonly RiskReason[]
}

const MAX_METHOD = 100

/** Null: nothing is to be sent about this login. */
export function noticeOfLogin (noting: Noting | null, login: NotedLogin): NewNotice | null {
  const { kind, row, deviceId, method, reasons } = login
  if (noting === null || kind === null || !noting.kinds.includes(kind)) return null
  const { id, deviceName, deviceType, clientId, ipAddress, location } = row
  const { browserName, browserVersion, osName, osVersion } = row
  const content: NoticeContent = {
    session: {
      id,
      deviceName,
      deviceType,
      browser: browserName === null ? null : { name: browserName, version: browserVersion },
      os: osName === null ? null : { name: osName, version: osVersion },
      clientId,
      ipAddress,
      location: location === null ? null : placeOf(location)
    },
    method: method?.slice(0, MAX_METHOD) ?? null,
    reasons: [...reasons],
    ended: 0,
    ipAddress
  }
  return { kind, sessionId: id, deviceId, content, maxPerDay: noting.maxPerDay }
}

/** Coordinates are there for distances alone. */
function placeOf ({ countryCode, country, region, city }: Location): Location {
  return { countryCode, country, region, city }
}

/** Whether such an end may leave a notice: then it takes a transaction. */
export function mayNoteEnd (noting: Noting | null, selection: Selection, cause: Cause): boolean {
  return kindOfEnd(noting, selection, cause) !== null
}

/** Null: nothing is to be sent about this end. */
export function noticeOfEnd (
  noting: Noting | null, selection: Selection, cause: Cause, ended: readonly EndedSession[]
): NewNotice | null {
  const kind = kindOfEnd(noting, selection, cause)
  if (noting === null || kind === null || (kind === 'sessions_ended' && ended.length === 0)) return null
  const content: NoticeContent = { session: null, method: null, reasons: [], ended: ended.length, ipAddress: cause.ip }
  return { kind, sessionId: null, deviceId: null, content, maxPerDay: noting.maxPerDay }
}

/** One session that somebody ends in their list is no news to them. */
function kindOfEnd (noting: Noting | null, selection: Selection, { reason }: Cause): NoticeEvent | null {
  const ofMany = reason === 'revoked_by_user' && !('ids' in selection)
  const kind = reason === 'password_changed' ? reason : ofMany ? 'sessions_ended' : null
  return kind !== null && noting?.kinds.includes(kind) === true ? kind : null
}
