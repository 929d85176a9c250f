/** Notices of a node: sends what the outbox holds, tells open pages, and does what the link in a mail is for. */
import type { AskApp } from '../app/callbacks.ts'
import { UnexpectedResult } from '../app/callbacks.ts'
import { inTime } from '../async/in-time.ts'
import type { Clock } from '../clock.ts'
import type { Sql } from '../database/sql.ts'
import type { MailContent, Notice, NoticeEvent, Recipient } from '../notice-types.ts'
import type { Keys } from '../options/keys.ts'
import type { ResolvedNotify } from '../options/notify.ts'
import { isoTime } from '../session-row.ts'
import { createReportLinks, type ReportLinks } from './link.ts'
import { openMailer } from './mailer.ts'
import { createOutbox, PermanentFailure, type Attempt, type Outbox } from './outbox.ts'
import { outboxQueries, type NoticeRow, type OutboxQueries } from './outbox-queries.ts'
import { writeMail } from './templates/mail.ts'

export interface NoticesOptions {
  notify: ResolvedNotify
  keys: Pick<Keys, 'report'>
  sql: Sql
  schema: string | undefined
  /** Where the plugin's routes are, like `/api`. */
  routesPath: string
  askApp: AskApp
  clock: Clock
  /** How long what is over is kept, in ms; null: this node deletes nothing. */
  retentionMs: number | null
  /** A notice will never be sent. */
  onGivenUp: (notice: NoticeRow, error: unknown) => void
  onRetry: (notice: NoticeRow, error: unknown) => void
  onError: (error: unknown) => void
}

export interface Notices {
  notify: ResolvedNotify
  queries: OutboxQueries
  links: ReportLinks
  outbox: Outbox
  /** The app's name, and where people reach it. */
  app: () => Notice['app']
  /** Everything about it, but for whom it goes to. */
  present: (row: NoticeRow, recipient: Recipient | null) => Notice
  /** Rejects where the app gives no answer within this time, in ms. */
  recipientOf: (userId: string, withinMs: number) => Promise<Recipient | null>
  close: () => Promise<void>
}

/**
 * How long the app's functions may take for one notice, in ms: together less than an attempt, so that whoever hangs has
 * failed before another node may try.
 */
const ANSWER_WITHIN_MS = 5_000
const SEND_WITHIN_MS = 10_000
/** What a user is sent in a day is counted by the rows. */
const DAY_MS = 86_400_000

/** Rejects with a coded error where mails can't be sent as the options say. */
export async function openNotices (options: NoticesOptions): Promise<Notices> {
  const { notify, keys, sql, schema, routesPath, askApp, clock, retentionMs } = options
  const queries = outboxQueries(sql, { schema })
  const links = createReportLinks(keys.report)
  const mailer = notify.mail === null ? null : await openMailer(notify.mail)

  function app (): Notice['app'] {
    const origin = notify.origin()
    return { origin, name: notify.appName ?? (origin === '' ? 'fastify-live-sessions' : new URL(origin).host) }
  }

  async function recipientOf (userId: string, withinMs: number): Promise<Recipient | null> {
    const { recipient } = notify
    if (recipient === null) return null
    return await askApp('notify.recipient', () => inTime(clock, withinMs, recipient(userId)), readRecipient)
  }

  /** Null where nobody knows where the page is: without an origin, or below a prefix with parameters. */
  function reportOf (origin: string, id: string, until: number): Notice['report'] {
    if (origin === '' || routesPath.includes(':')) return null
    return { url: `${origin}${routesPath}/auth/report/${links.issue(id, until)}`, until: isoTime(until) }
  }

  function present (row: NoticeRow, recipient: Recipient | null): Notice {
    const { id, kind, userId, sessionId, createdAt, content } = row
    const where = app()
    const until = createdAt + notify.linkMs
    return {
      ...content,
      refused: content.refused ?? false,
      id,
      kind,
      userId,
      at: isoTime(createdAt),
      app: where,
      recipient,
      report: sessionId === null ? null : reportOf(where.origin, id, until),
      changePasswordUrl: notify.changePasswordUrl
    }
  }

  async function contentOf (notice: Notice): Promise<MailContent> {
    const standard = writeMail(notice)
    const template = notify.mail?.template
    if (template === undefined) return standard
    const written = (): Promise<MailContent> => inTime(clock, ANSWER_WITHIN_MS, template(notice, standard))
    return await askApp('notify.mail.template', written, readMail)
  }

  async function deliver ({ notice: row, isOver }: Attempt): Promise<'sent' | 'spared'> {
    const recipient = await recipientOf(row.userId, ANSWER_WITHIN_MS)
    if (recipient === null && notify.recipient !== null) return 'spared'
    const notice = present(row, recipient)
    if (mailer !== null && !row.mailed) {
      const content = await contentOf(notice)
      requireTimeLeft(isOver)
      await mailer.send(notice, content)
      await queries.noteDelivered(row.id, 'mail')
    }
    const { send } = notify
    if (send !== null && !row.sent) {
      requireTimeLeft(isOver)
      await askApp('notify.send', () => inTime(clock, SEND_WITHIN_MS, send(notice)), () => {})
      await queries.noteDelivered(row.id, 'send')
    }
    return 'sent'
  }

  // A link works for as long as it says: its row is kept, whatever else goes.
  const keptMs = retentionMs === null ? null : Math.max(retentionMs, notify.linkMs, DAY_MS)
  const outbox = createOutbox({ ...options, queries, deliver, giveUpMs: notify.giveUpMs, keptMs, random: Math.random })
  return {
    notify,
    queries,
    links,
    outbox,
    app,
    present,
    recipientOf,
    async close () {
      await outbox.close()
      mailer?.close()
    }
  }
}

/** What is tried again later is not sent now. */
function requireTimeLeft (isOver: Attempt['isOver']): void {
  if (isOver()) throw new Error('the attempt took too long: nothing more is sent by it')
}

const RECIPIENT = '{address, locale?, timeZone?}, or null'

const ONE_ADDRESS = /^[^\s,;<>"\p{Cc}]+@[^\s,;<>"\p{Cc}]+$/u

/** One address: a list of them, or a line break that begins a header, is the app's mistake. */
function readRecipient (given: unknown): Recipient | null {
  if (given === null || given === undefined) return null
  if (typeof given !== 'object' || typeof (given as Recipient).address !== 'string') {
    throw new UnexpectedResult(given, RECIPIENT)
  }
  const { address, locale, timeZone, account } = given as Recipient
  if (!ONE_ADDRESS.test(address)) throw new PermanentFailure('notify.recipient gave an address that is none')
  const text = (value: unknown): string | null => typeof value === 'string' ? value : null
  return { address, locale: text(locale), timeZone: text(timeZone), account: text(account) }
}

function readMail (given: unknown): MailContent {
  const { subject, text, html } = (given ?? {}) as Partial<MailContent>
  if (typeof subject !== 'string' || typeof text !== 'string' || typeof html !== 'string') {
    throw new UnexpectedResult(given, '{subject, text, html}')
  }
  return { subject, text, html }
}

/** Whether something is sent about this, by whatever channel. */
export function isSent (notify: Pick<ResolvedNotify, 'mail' | 'send' | 'kinds'>, kind: NoticeEvent): boolean {
  const { mail, send, kinds } = notify
  return (mail !== null || send !== null) && kinds.includes(kind)
}
