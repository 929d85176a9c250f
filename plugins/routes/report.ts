/** The page behind "This wasn't me" in a mail: a GET shows it and ends nothing, its button is a plain form's. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { normalizeAddress } from '../../src/address.ts'
import type { Recipient } from '../../src/notice-types.ts'
import type { Notices } from '../../src/notices/notices.ts'
import type { Report, ReportedNotice, ReportState } from '../../src/notices/report.ts'
import { languageOf, localeOf } from '../../src/notices/templates/language.ts'
import { namesOf, passwordHint } from '../../src/notices/templates/mail.ts'
import { PAGE_CSP, PAGE_STYLE, writePage, type PageContent } from '../../src/notices/templates/page.ts'
import { isoTime } from '../../src/session-row.ts'
import { routeSchemas } from './schemas/index.ts'

export interface ReportRoutesOptions {
  notices: Pick<Notices, 'app' | 'recipientOf' | 'notify'>
  report: Report
  onError: (error: unknown) => void
}

const STATUS: Record<ReportState['state'], number> = { bad: 400, expired: 400, open: 200, done: 200, unsure: 503, failed: 503 }

export const reportRoutes: FastifyPluginAsyncTypebox<ReportRoutesOptions> = async (app, { notices, report, onError }) => {
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

  /** `up` leads from the request's path to the token's: whatever prefix a proxy takes away or adds, links on the page are right. */
  async function show (request: FastifyRequest, reply: FastifyReply, up: string, act: (token: string) => Promise<ReportState>): Promise<string> {
    const { token } = request.params as { token: string }
    const found = await act(token).catch((error: unknown): ReportState => {
      onError(error)
      return { state: 'failed' }
    })
    const recipient = 'notice' in found ? await recipientOf(found.notice) : null
    reply.code(STATUS[found.state]).type('text/html; charset=utf-8').headers({
      'content-security-policy': PAGE_CSP, 'referrer-policy': 'no-referrer', 'x-frame-options': 'DENY', 'x-robots-tag': 'noindex'
    })
    if (STATUS[found.state] === 503) reply.header('retry-after', '1')
    return writePage(pageOf(found, { recipient, token, up, request }))
  }

  /** For language and time zone alone: the page works without. */
  async function recipientOf ({ userId }: ReportedNotice): Promise<Recipient | null> {
    try {
      return await notices.recipientOf(userId)
    } catch (error) {
      onError(error)
      return null
    }
  }

  function pageOf (found: ReportState, { recipient, token, up, request }: { recipient: Recipient | null, token: string, up: string, request: FastifyRequest }): PageContent {
    const { words: { page, language }, time } = languageOf({ timeZone: recipient?.timeZone, locale: recipient?.locale ?? localeOf(request.headers['accept-language']) })
    const app = notices.app()
    const base = { language, app: app.name, stylesheet: `${up}../report.css` }
    if (found.state === 'failed') return { ...base, title: page.unsureTitle, text: [page.failed] }
    if (found.state === 'bad') return { ...base, title: page.badTitle, text: [page.bad] }
    const { notice } = found
    const names = namesOf({ ...notice.content, app, recipient, userId: notice.userId })
    const toConfirm = `${up}${token}`
    if (found.state === 'expired') return { ...base, title: page.expiredTitle, text: [page.expired] }
    if (found.state === 'unsure') return { ...base, title: page.unsureTitle, text: [page.unsure], form: { action: up === '' ? toConfirm : 'others', button: page.unsureButton } }
    const signedIn = page.signedInAt(time(isoTime(notice.createdAt)))
    if (found.state === 'open') return { ...base, title: page.askTitle, text: [page.ask(names), signedIn, page.askExplained], form: { action: toConfirm, button: page.askButton } }
    const password = passwordHint({ method: notice.content.method, changePasswordUrl: notices.notify.changePasswordUrl })
    const text = [page.done(names, time(isoTime(notice.reportedAt ?? notice.createdAt))), page.deviceRefused]
    if (notice.othersEndedAt !== null) text.push(page.othersDone)
    const others = found.usable ? { text: page.othersAsk, form: { action: `${toConfirm}/others`, button: page.othersButton } } : null
    const link = password === null ? null : { text: page.changePassword, link: { href: password, text: page.changePasswordButton } }
    return { ...base, title: page.doneTitle, text, sections: [others, link].filter((section) => section !== null) }
  }
}
