/** Which transactions leave a notice behind, and what it says. Pure. */
import type { NoticeContent, NoticeEvent, NoticeSession } from '../notice-types.ts'
import type { Location, NoticeKind, RiskReason } from '../protocol.ts'
import type { Device } from '../device/device.ts'
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
  /** Null: it was refused. */
  sessionId: string | null
  device: Device
  deviceId: string | null
  clientId: string | null
  /** What is kept of it. */
  ip: string | null
  location: Location | null
  /** By which way they signed in; null where nobody said. */
  method: string | null
  reasons: readonly RiskReason[]
}

const MAX_METHOD = 100

/** Null: nothing is to be sent about this login. */
export function noticeOfLogin (noting: Noting, login: NotedLogin): NewNotice | null {
  const { kind, sessionId, deviceId, ip, method, reasons } = login
  if (kind === null || !noting.kinds.includes(kind)) return null
  const refused = sessionId === null
  const content: NoticeContent = {
    session: sessionOf(login),
    refused,
    method: method?.slice(0, MAX_METHOD) ?? null,
    reasons: [...reasons],
    ended: 0,
    ipAddress: ip
  }
  // Whoever is refused again and again uses up no more than half: one who gets in is always told of.
  const maxPerDay = refused ? Math.floor(noting.maxPerDay / 2) : noting.maxPerDay
  return { kind, sessionId, deviceId, content, maxPerDay }
}

/** The login's session, as a notice has it. */
export function sessionOf ({ sessionId, device, clientId, ip, location }: NotedLogin): NoticeSession {
  const { deviceName, deviceType, browser, os } = device
  return {
    id: sessionId,
    deviceName,
    deviceType,
    browser,
    os,
    clientId,
    ipAddress: ip,
    location: location === null ? null : placeOf(location)
  }
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
  const content: NoticeContent = {
    session: null,
    refused: false,
    method: null,
    reasons: [],
    ended: ended.length,
    ipAddress: cause.ip
  }
  return { kind, sessionId: null, deviceId: null, content, maxPerDay: noting.maxPerDay }
}

/** One session that somebody ends in their list is no news to them. */
function kindOfEnd (noting: Noting | null, selection: Selection, { reason }: Cause): NoticeEvent | null {
  const ofMany = reason === 'revoked_by_user' && !('ids' in selection)
  const kind = reason === 'password_changed' ? reason : ofMany ? 'sessions_ended' : null
  return kind !== null && noting?.kinds.includes(kind) === true ? kind : null
}
