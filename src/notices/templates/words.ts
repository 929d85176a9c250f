/** The words of mails and of the page behind their link, in one language. */
import type { NoticeEvent } from '../../notice-types.ts'
import type { RiskReason } from '../../protocol.ts'

/** Names that a sentence needs; all are single lines. */
export interface Names {
  app: string
  /** `shop.example`. */
  host: string
  account: string
  device: string
  /** How many sessions ended. */
  ended: number
}

/** What a mail is about. */
export type MailTopic = NoticeEvent | 'refused'

export interface Words {
  /** For `lang`. */
  language: string
  subject: Readonly<Record<MailTopic, (names: Names) => string>>
  title: Readonly<Record<MailTopic, string>>
  intro: Readonly<Record<MailTopic, (names: Names) => string>>
  facts: { account: string, device: string, place: string, address: string, time: string, method: string, why: string }
  /** Ways of signing in that have a name in this language; others are shown as they are. */
  methods: Readonly<Record<string, string>>
  /** In the words of a reason; null where the facts above say it already. */
  reason: (reason: RiskReason, country: (code: string) => string) => string | null
  wasYou: string
  wasYouRefused: string
  wasNotYou: string
  button: string
  buttonExplained: string
  validUntil: (time: string) => string
  changePassword: string
  /** Where no session can be ended: a password that was changed. */
  notYouAtAll: string
  /** Where nobody was let in. */
  notYouRefused: string
  footer: (names: Names) => string
  page: PageWords
}

export interface PageWords {
  askTitle: string
  ask: (names: Names) => string
  askExplained: string
  askButton: string
  doneTitle: string
  done: (names: Names, time: string) => string
  deviceRefused: string
  othersAsk: string
  othersButton: string
  othersDone: string
  changePassword: string
  changePasswordButton: string
  badTitle: string
  bad: string
  expiredTitle: string
  expired: string
  unsureTitle: string
  unsure: string
  failed: string
  unsureButton: string
  signedInAt: (time: string) => string
}
