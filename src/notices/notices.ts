/** Notices of a node: sends what the outbox holds, tells open pages, and does what the link in a mail is for. */
import type { AskApp } from '../app/callbacks.ts'
import { UnexpectedResult } from '../app/callbacks.ts'
import type { Clock } from '../clock.ts'
import type { Sql } from '../database/sql.ts'
import type { MailContent, Notice, NoticeEvent, Recipient } from '../notice-types.ts'
import type { Keys } from '../options/keys.ts'
import type { ResolvedNotify } from '../options/notify.ts'
import { isoTime } from '../session-row.ts'
import { createReportLinks, type ReportLinks } from './link.ts'
import { openMailer } from './mailer.ts'
import { createOutbox, PermanentFailure, type Outbox } from './outbox.ts'
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
  retentionMs: number
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
  recipientOf: (userId: string) => Promise<Recipient | null>
  close: () => Promise<void>
}

/** Rejects with a coded error where mails can't be sent as the options say. */
export async function openNotices (options: NoticesOptions): Promise<Notices> {
  const { notify, keys, sql, schema, routesPath, askApp } = options
  const queries = outboxQueries(sql, { schema })
  const links = createReportLinks(keys.report)
  const mailer = notify.mail === null ? null : await openMailer(notify.mail)

  function app (): Notice['app'] {
    const origin = notify.origin()
    return { origin, name: notify.appName ?? (origin === '' ? 'fastify-live-sessions' : new URL(origin).host) }
  }

  async function recipientOf (userId: string): Promise<Recipient | null> {
    const { recipient } = notify
    return recipient === null ? null : await askApp('notify.recipient', () => recipient(userId), readRecipient)
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
    return await askApp('notify.mail.template', () => template(notice, standard), readMail)
  }

  async function deliver (row: NoticeRow): Promise<'sent' | 'spared'> {
    const recipient = await recipientOf(row.userId)
    if (recipient === null && notify.recipient !== null) return 'spared'
    const notice = present(row, recipient)
    if (mailer !== null && !row.mailed) {
      await mailer.send(notice, await contentOf(notice))
      await queries.noteDelivered(row.id, 'mail')
    }
    const { send } = notify
    if (send !== null && !row.sent) {
      await askApp('notify.send', async () => { await send(notice) }, () => {})
      await queries.noteDelivered(row.id, 'send')
    }
    return 'sent'
  }

  const outbox = createOutbox({ ...options, queries, deliver, giveUpMs: notify.giveUpMs, random: Math.random })
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
