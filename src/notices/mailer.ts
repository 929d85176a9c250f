/** Mails, through nodemailer: loaded only where mails are sent, and only in a version without known holes. */
import { createRequire as requireFrom } from 'node:module'
import { OptionInvalid, StartProblem } from '../errors.ts'
import type { MailContent, Notice } from '../notice-types.ts'
import type { MailOptions, MailTransport } from '../options/notify.ts'
import { PermanentFailure } from './outbox.ts'

export interface Mailer {
  send: (notice: Notice, content: MailContent) => Promise<void>
  close: () => void
}

/** Below it there are advisories of high severity. */
const LOWEST_VERSION = 10
/** A mail server that does not answer holds up nothing else, but it shall not be asked for ever. In ms. */
const TIMEOUTS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 }

/** Rejects with SESSION_NODEMAILER_MISSING where a URL is given and there is no nodemailer, or one that is too old. */
export async function openMailer ({ url, transport: given, from }: MailOptions): Promise<Mailer> {
  const transport = given ?? await transportTo(url as string)
  return {
    async send (notice, { subject, text, html }) {
      const { recipient } = notice
      if (recipient === null) throw new PermanentFailure('nobody says to whom')
      try {
        await transport.sendMail({
          from,
          // As an object: an address with a comma in it is not two.
          to: { name: '', address: recipient.address },
          subject,
          text,
          html,
          // The same at each attempt: whoever gets it twice can tell.
          messageId: `<${notice.id}@${hostOf(notice.app.origin)}>`,
          date: new Date(notice.at),
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
          disableFileAccess: true,
          disableUrlAccess: true
        })
      } catch (error) {
        if (!isPermanent(error)) throw error
        throw Object.assign(new PermanentFailure((error as Error).message), { cause: error })
      }
    },
    // The app's own is the app's to close.
    close () { if (given === undefined) transport.close?.() }
  }
}

function hostOf (origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname : 'localhost'
}

/** The server knows no such mailbox, or the address is none. A refused password may be put right. */
function isPermanent (error: unknown): boolean {
  const { code, responseCode } = error as { code?: unknown, responseCode?: unknown }
  return code === 'EENVELOPE' && (typeof responseCode !== 'number' || responseCode >= 500)
}

async function transportTo (url: string): Promise<MailTransport> {
  const remedy = `npm install nodemailer (version ${LOWEST_VERSION} or newer), or give notify.mail.transport`
  const missing = (what: string, cause?: unknown): StartProblem =>
    new StartProblem('SESSION_NODEMAILER_MISSING', { option: 'option "notify.mail.url"', what, remedy }, { cause })
  const name: string = 'nodemailer'
  let version: string
  let nodemailer: { createTransport: (options: object) => MailTransport }
  try {
    version = (requireFrom(import.meta.url)(`${name}/package.json`) as { version: string }).version
    nodemailer = await import(name) as typeof nodemailer
  } catch (error) {
    throw missing('the package nodemailer is not installed', error)
  }
  if (Number.parseInt(version) < LOWEST_VERSION) throw missing(`nodemailer ${version} has known holes`)
  try {
    return nodemailer.createTransport({ ...TIMEOUTS, url, disableFileAccess: true, disableUrlAccess: true })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new OptionInvalid('notify.mail.url', `is no address that nodemailer takes: ${why}`)
  }
}
