/** The page behind "This wasn't me" in a mail: a GET shows it and ends nothing, its button is a plain form's. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { normalizeAddress } from '../../src/address.ts'
import type { Recipient } from '../../src/notice-types.ts'
import type { Notices } from '../../src/notices/notices.ts'
import type { Report, ReportedNotice, ReportState } from '../../src/notices/report.ts'
import { languageOf, localeOf } from '../../src/notices/templates/language.ts'
import { namesOf, passwordHint } from '../../src/notices/templates/mail.ts'
import {
  PAGE_CSP, PAGE_STYLE, writePage, type PageContent, type PageSection
} from '../../src/notices/templates/page.ts'
import { isoTime } from '../../src/session-row.ts'
import { inScope } from '../in-scope.ts'
import { routeSchemas } from './schemas/index.ts'

export interface ReportRoutesOptions {
  notices: Pick<Notices, 'app' | 'recipientOf' | 'notify'>
  report: Report
  onError: (error: unknown) => void
}

const STATUS: Record<ReportState['state'], number> = {
  bad: 400, expired: 400, open: 200, done: 200, unsure: 503, failed: 503
}

/** Nobody waits longer for their own language. In ms. */
const KNOWN_WITHIN_MS = 1_000

/** What a page is made of, beside the state. */
interface Visit {
  recipient: Recipient | null
  token: string
  /** Leads from the request's path to the token's: links are right whatever prefix a proxy takes away or adds. */
  up: '' | '../'
  /** The browser's. */
  languages: string | undefined
}

type Act = (token: string) => Promise<ReportState>

export const reportRoutes = inScope<FastifyPluginAsyncTypebox<ReportRoutesOptions>>('report', async (app, options) => {
  const { notices, report, onError } = options
  app.get('/auth/report/:token', { schema: routeSchemas.reportPage }, async (request, reply) =>
    await show(request, reply, '', (token) => report.look(token)))

  app.post('/auth/report/:token', { schema: routeSchemas.report }, async (request, reply) =>
    await show(request, reply, '', (token) => report.confirm(token, normalizeAddress(request.ip))))

  app.post('/auth/report/:token/others', { schema: routeSchemas.reportOthers }, async (request, reply) =>
    await show(request, reply, '../', (token) => report.endOthers(token, normalizeAddress(request.ip))))

  app.get('/auth/report.css', { schema: routeSchemas.reportStyle }, async (_request, reply) => {
    reply.type('text/css; charset=utf-8')
    return PAGE_STYLE
  })

  async function show (request: FastifyRequest, reply: FastifyReply, up: Visit['up'], act: Act): Promise<string> {
    const { token } = request.params as { token: string }
    const found = await act(token).catch((error: unknown): ReportState => {
      onError(error)
      return { state: 'failed' }
    })
    const recipient = 'notice' in found ? await recipientOf(found.notice) : null
    reply.code(STATUS[found.state]).type('text/html; charset=utf-8').headers({
      'content-security-policy': PAGE_CSP,
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
      'x-robots-tag': 'noindex'
    })
    if (STATUS[found.state] === 503) reply.header('retry-after', '1')
    return writePage(pageOf(found, { recipient, token, up, languages: request.headers['accept-language'] }))
  }

  /** For language and time zone alone: the page works without. */
  async function recipientOf ({ userId }: ReportedNotice): Promise<Recipient | null> {
    try {
      return await notices.recipientOf(userId, KNOWN_WITHIN_MS)
    } catch (error) {
      onError(error)
      return null
    }
  }

  function pageOf (found: ReportState, { recipient, token, up, languages }: Visit): PageContent {
    const locale = recipient?.locale ?? localeOf(languages)
    const { words: { page, language }, time } = languageOf({ timeZone: recipient?.timeZone, locale })
    const app = notices.app()
    const base = { language, app: app.name, stylesheet: `${up}../report.css` }
    if (found.state === 'failed') return { ...base, title: page.unsureTitle, text: [page.failed] }
    if (found.state === 'bad') return { ...base, title: page.badTitle, text: [page.bad] }
    const { notice } = found
    const names = namesOf({ ...notice.content, app, recipient, userId: notice.userId })
    const toConfirm = `${up}${token}`
    if (found.state === 'expired') return { ...base, title: page.expiredTitle, text: [page.expired] }
    if (found.state === 'unsure') {
      const form = { action: up === '' ? toConfirm : 'others', button: page.unsureButton }
      return { ...base, title: page.unsureTitle, text: [page.unsure], form }
    }
    if (found.state === 'open') {
      const text = [page.ask(names), page.signedInAt(time(isoTime(notice.createdAt))), page.askExplained]
      return { ...base, title: page.askTitle, text, form: { action: toConfirm, button: page.askButton } }
    }
    const { changePasswordUrl } = notices.notify
    const password = passwordHint({ method: notice.content.method, changePasswordUrl })
    const text = [page.done(names, time(isoTime(notice.reportedAt ?? notice.createdAt))), page.deviceRefused]
    if (notice.othersEndedAt !== null) text.push(page.othersDone)
    const sections: PageSection[] = []
    if (found.usable) {
      sections.push({ text: page.othersAsk, form: { action: `${toConfirm}/others`, button: page.othersButton } })
    }
    if (password !== null) {
      sections.push({ text: page.changePassword, link: { href: password, text: page.changePasswordButton } })
    }
    return { ...base, title: page.doneTitle, text, sections }
  }
})
