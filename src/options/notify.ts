/** Notices: what is told to whom about a login, by mail, by the app's own channel, and on pages that are open. */
import { OptionInvalid } from '../errors.ts'
import type { MailContent, Notice, NoticeEvent, Recipient } from '../notice-types.ts'
import { NOTICE_KINDS } from '../protocol.ts'
import type { StoredUserId } from '../session-types.ts'
import {
  checkFunction, checkNumber, checkOneOf, checkText, kindOf, MAX_DURATION_MS, readGroup, rejectOption, type Defined
} from './values.ts'

/** What there are notices about. */
export const NOTICE_EVENTS = [...NOTICE_KINDS, 'password_changed', 'sessions_ended'] as const

/** What of nodemailer is needed: its transport, or anything that sends a mail as it does. */
export interface MailTransport {
  sendMail (mail: object): Promise<unknown>
  close? (): unknown
}

export interface MailOptions {
  /** The mail server, as `smtp://user:password@host:587` or `smtps://…`. Needs the package nodemailer, 10 or newer. */
  url?: string
  /** Or a transport of nodemailer's (`createTransport(…)`), or anything with its `sendMail`. */
  transport?: MailTransport
  /** Who the mails are from: `Example Shop <security@shop.example>`. */
  from: string
  /** Writes the mail anew, or changes the one that would be sent. @default none: English and German mails */
  template?: (notice: Notice, standard: MailContent) => MailContent | Promise<MailContent>
}

export interface NotifyOptions {
  /**
   * Where people reach the app, like `https://shop.example`: the link in a mail begins with it, and is never made of a
   * request's Host. A function is asked at each mail.
   */
  origin?: string | (() => string)
  /** The app's name in mails and on the page behind their link. @default the host of `origin` */
  appName?: string
  /** Sends mails. @default none */
  mail?: MailOptions | null
  /** The app's own channel. Rejecting, or taking longer than 10 s, means: once more, later. @default none */
  send?: ((notice: Notice) => Promise<void> | void) | null
  /** Where this user is written to; null spares them. Asked when a notice is sent, never by a login; it has 5 s. */
  recipient?: (userId: StoredUserId) => Recipient | null | undefined | Promise<Recipient | null | undefined>
  /**
   * What is told by mail and `send`: `new_device`, `suspicious`, `password_changed`, `sessions_ended`.
   * @default ['new_device', 'suspicious']
   */
  kinds?: readonly NoticeEvent[]
  /** Notices a user is sent in 24 hours; further ones are kept, not sent; open pages show them all. @default 10 */
  maxPerDay?: number
  /** How long the link in a mail works. In ms. @default 7 days */
  linkMs?: number
  /** The app's page to change a password, offered to those who signed in with one. @default none */
  changePasswordUrl?: string | null
  /** For so long what can't be sent is tried again; then it is given up. In ms. @default one day */
  giveUpMs?: number
}

export type ResolvedNotify = Required<Omit<NotifyOptions, 'origin' | 'appName' | 'recipient'>> & {
  origin: () => string
  /** Null: the host of the origin. */
  appName: string | null
  recipient: Exclude<NotifyOptions['recipient'], undefined> | null
}

const DAY_MS = 86_400_000
/** A later end would be no date that anybody can write. */
const MAX_LINK_MS = 3_650 * DAY_MS
export const NOTIFY_DEFAULTS = {
  kinds: ['new_device', 'suspicious'] as readonly NoticeEvent[],
  maxPerDay: 10,
  linkMs: 7 * DAY_MS,
  changePasswordUrl: null as string | null,
  giveUpMs: DAY_MS
}
const KNOWN = [...Object.keys(NOTIFY_DEFAULTS), 'origin', 'appName', 'mail', 'send', 'recipient']

const RECIPIENT = 'from a user\'s id to {address, locale?, timeZone?}, or null'
const EXAMPLE = 'https://shop.example'

/** Null: there are no notices. */
export function resolveNotify (given: NotifyOptions | true | false | null | undefined): ResolvedNotify | null {
  if (given === undefined || given === null || given === false) return null
  if (given !== true && typeof given !== 'object') {
    rejectOption('notify', 'true (open pages only), false, or an object with mail, recipient and others', given)
  }
  const group: Partial<Defined<NotifyOptions>> = given === true ? {} : readGroup('notify', given, KNOWN) ?? {}
  const { origin, appName = null, mail, send = null, recipient = null, ...rest } = group
  const resolved: ResolvedNotify = {
    ...NOTIFY_DEFAULTS,
    ...rest,
    appName,
    send,
    recipient,
    mail: mail === undefined || mail === null ? null : checkMail(mail),
    origin: readOrigin(origin)
  }
  if (send !== null) checkFunction('notify.send', send, 'that sends a notice')
  if (recipient !== null) checkFunction('notify.recipient', recipient, RECIPIENT)
  if (resolved.mail !== null && recipient === null) {
    throw new OptionInvalid('notify.recipient', `is missing; mails need a function ${RECIPIENT}`)
  }
  if (resolved.mail !== null && origin === undefined) {
    const remedy = `give where people reach the app, like "${EXAMPLE}"`
    throw new OptionInvalid('notify.origin', `is missing; the links in mails begin with it: ${remedy}`)
  }
  if (appName !== null) checkText('notify.appName', appName)
  checkKinds(resolved.kinds)
  checkNumber('notify.maxPerDay', resolved.maxPerDay, 1, 1_000_000)
  checkNumber('notify.linkMs', resolved.linkMs, 60_000, MAX_LINK_MS)
  checkNumber('notify.giveUpMs', resolved.giveUpMs, 1_000, MAX_DURATION_MS)
  const { changePasswordUrl } = resolved
  if (changePasswordUrl !== null && !isWebUrl(changePasswordUrl)) {
    rejectOption('notify.changePasswordUrl', `a URL like "${EXAMPLE}/password"`, changePasswordUrl)
  }
  return resolved
}

function checkKinds (kinds: unknown): void {
  if (!Array.isArray(kinds)) rejectOption('notify.kinds', 'a list of kinds like ["new_device"]', kinds)
  for (const kind of kinds as unknown[]) checkOneOf('notify.kinds', kind, NOTICE_EVENTS)
}

/** The URL is never shown: there may be a password in it. */
function checkMail (given: MailOptions): MailOptions {
  const mail = readGroup('notify.mail', given, ['url', 'transport', 'from', 'template']) as MailOptions
  checkText('notify.mail.from', mail.from)
  if (/[\r\n]/.test(mail.from)) rejectOption('notify.mail.from', 'one line', mail.from)
  const { url, transport, template } = mail
  if ((url === undefined) === (transport === undefined)) {
    throw new OptionInvalid('notify.mail', 'needs a url, or a transport, and not both')
  }
  if (url !== undefined && !isMailUrl(url)) {
    throw new OptionInvalid('notify.mail.url', `must be a URL like smtp://user:password@host:587, not ${kindOf(url)}`)
  }
  if (transport !== undefined && typeof (transport as Partial<MailTransport> | null)?.sendMail !== 'function') {
    rejectOption('notify.mail.transport', 'a transport of nodemailer\'s, with its sendMail', transport)
  }
  if (template !== undefined) {
    checkFunction('notify.mail.template', template, 'from a notice and its standard mail to {subject, text, html}')
  }
  return mail
}

function isMailUrl (url: unknown): boolean {
  return typeof url === 'string' && /^smtps?:\/\//.test(url) && URL.canParse(url)
}

/** A function's answer is looked at when it comes. */
function readOrigin (given: NotifyOptions['origin']): () => string {
  if (given === undefined) return () => ''
  if (typeof given === 'function') return () => checkOrigin(given())
  const origin = checkOrigin(given)
  return () => origin
}

function checkOrigin (given: unknown): string {
  if (typeof given !== 'string' || !isWebUrl(given) || new URL(given).origin !== given) {
    rejectOption('notify.origin', `an origin like "${EXAMPLE}", without a path`, given)
  }
  return given
}

function isWebUrl (given: unknown): given is string {
  return typeof given === 'string' && /^https?:\/\//.test(given) && URL.canParse(given)
}
