/** What a notice is: as apps' own channels and templates get it. */
import type { DeviceType, Location, NamedVersion, NoticeKind, RiskReason } from './protocol.ts'
import type { StoredUserId } from './session-types.ts'

/** A login that is new or suspicious; credentials that changed; sessions that the user ended from another one. */
export type NoticeEvent = NoticeKind | 'password_changed' | 'sessions_ended'

/** Where a user is written to. */
export interface Recipient {
  address: string
  /** A language tag, like `en-GB`; mails are in German where it begins with `de`, else in English. @default 'en' */
  locale?: string | null
  /** An IANA time zone, like `Europe/Berlin`. @default 'UTC' */
  timeZone?: string | null
  /** What the account is called in the mail. @default the address */
  account?: string | null
}

/** The session that a notice is about, as it was at its login. */
export interface NoticeSession {
  /** Null: the login was refused, and there is none. */
  id: string | null
  deviceName: string
  deviceType: DeviceType
  browser: NamedVersion | null
  os: NamedVersion | null
  clientId: string | null
  ipAddress: string | null
  location: Location | null
}

export interface Notice {
  id: string
  kind: NoticeEvent
  userId: StoredUserId
  /** When it happened, ISO 8601. */
  at: string
  /** Null where no single session is meant. */
  session: NoticeSession | null
  /** Somebody proved to be the user, and was not let in (`risk`, or a device that was reported). */
  refused: boolean
  /** By which way somebody signed in, as `open` was told: `password`, `Google`, …; null where nobody said. */
  method: string | null
  /** What speaks for somebody else. */
  reasons: RiskReason[]
  /** How many sessions ended with it. */
  ended: number
  /** From which address passwords were changed or sessions ended. */
  ipAddress: string | null
  app: { name: string, origin: string }
  /** Null where `recipient` is no option. */
  recipient: Recipient | null
  /** "This wasn't me"; null where there is no session to end. */
  report: { url: string, until: string } | null
  changePasswordUrl: string | null
}

export interface MailContent {
  subject: string
  text: string
  html: string
}

/** What a row keeps of it. */
export type NoticeContent = Pick<Notice, 'session' | 'refused' | 'method' | 'reasons' | 'ended' | 'ipAddress'>
