/** A real SMTP server of the test's own: what came in, as it came over the wire, and as people read it. */
import { once } from 'node:events'
import { SMTPServer, type SMTPServerAddress } from 'smtp-server'
import type { Test } from 'tap'

export interface ReceivedMail {
  /** As the envelope says. */
  to: string[]
  /** Names in lower case; folded lines in one. */
  headers: Map<string, string>
  /** Header names as they came, in order. */
  headerNames: string[]
  text: string
  html: string
  raw: string
}

export interface MailServer {
  url: string
  mails: ReceivedMail[]
  /** Resolves when so many have come. */
  received: (count: number) => Promise<ReceivedMail[]>
  /** What the next mails are refused with; null: none. */
  refuse: (answer: { code: number, message: string } | null) => void
  /** Takes no connection for now; then again. */
  stop: () => Promise<void>
}

export async function startMailServer (t: Test): Promise<MailServer> {
  const mails: ReceivedMail[] = []
  let waiting: Array<() => void> = []
  let refusal: { code: number, message: string } | null = null
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onRcptTo (_address, _session, done) {
      done(refusal === null ? null : Object.assign(new Error(refusal.message), { responseCode: refusal.code }))
    },
    onData (stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        mails.push(readMail(Buffer.concat(chunks).toString('utf8'), session.envelope.rcptTo))
        done()
        for (const look of waiting.splice(0)) look()
      })
    }
  })
  server.on('error', () => {})
  const listening = server.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const { port } = listening.address() as { port: number }
  const stop = async (): Promise<void> => { await new Promise<void>((resolve) => { server.close(() => { resolve() }) }) }
  t.teardown(stop)

  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    async received (count) {
      while (mails.length < count) await new Promise<void>((resolve) => { waiting.push(resolve) })
      waiting = []
      return mails
    },
    refuse (answer) { refusal = answer },
    stop
  }
}

function readMail (raw: string, rcptTo: readonly SMTPServerAddress[]): ReceivedMail {
  const { headers, names, body } = readPart(raw)
  const boundary = /boundary="?([^";]+)"?/.exec(headers.get('content-type') ?? '')?.[1] ?? ''
  const parts = body.split(`--${boundary}`).slice(1, -1).map((part) => readPart(part.replace(/^\r\n/, '')))
  const of = (type: string): string => {
    const part = parts.find(({ headers }) => headers.get('content-type')?.startsWith(type) === true)
    return part === undefined ? '' : decode(part.body, part.headers.get('content-transfer-encoding') ?? '')
  }
  return { to: rcptTo.map(({ address }) => address), headers: new Map([...headers].map(([name, value]) => [name, decodeWords(value)])), headerNames: names, text: of('text/plain'), html: of('text/html'), raw }
}

function readPart (raw: string): { headers: Map<string, string>, names: string[], body: string } {
  const [head = '', ...rest] = raw.split('\r\n\r\n')
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')
  const pairs = lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()] as [string, string])
  return { headers: new Map(pairs), names: pairs.map(([name]) => name), body: rest.join('\r\n\r\n') }
}

function decode (body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8').replaceAll('\r\n', '\n')
  const text = encoding === 'quoted-printable'
    ? Buffer.from(body.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))), 'latin1').toString('utf8')
    : body
  return text.replaceAll('\r\n', '\n')
}

/** `=?UTF-8?Q?…?=` and `=?UTF-8?B?…?=`. */
function decodeWords (value: string): string {
  return value.replace(/\?=\s+=\?/g, '?==?').replace(/=\?utf-8\?([qb])\?([^?]*)\?=/gi, (_, kind: string, text: string) => kind.toLowerCase() === 'b'
    ? Buffer.from(text, 'base64').toString('utf8')
    : decode(text.replaceAll('_', ' '), 'quoted-printable'))
}
