/** User agents that nobody sits behind: crawlers, previews, monitors, webhooks. */
import { createIsbotFromList, list } from 'isbot'
import { productText } from './text.ts'

/** The look-behind spares the phones of the maker Cubot. */
const BOT =
  /(?<!\bcu)bots?\b|bot[/_-]|crawl|spider|slurp|externalhit|fetcher|inspectiontool|lighthouse|phantomjs|headless|pingdom|uptime|(?:link|web|page|url)[ -]?preview/i
const NAME =
  /\b[a-z][\w.-]{0,38}(?:bots?|crawler|spider|externalhit|inspectiontool|lighthouse|preview)\b|\b(?:phantomjs|pingdom)\b/i

/** What calls an app's server when something has happened elsewhere. */
const WEBHOOK = /web-?hooks?\b|hookshot|captain-?hook|\bipn\b|event-?(?:delivery|subscription)|notification/i

/** A program that says where to read about it: `(+https://example.com/robot)`, `(http://example.com)`. */
const ABOUT = /[+;(] ?https?:\/\/|^www\./

/** A page's reader that is no engine: `Mozilla/5.0 (compatible; Acme; acme.com)`. */
const COMPATIBLE =
  /^Mozilla\/\S+ ?\+?\(compatible; ?(?!MSIE|Konqueror|Windows|Linux|Android|Macintosh|Mac_|X11|Yahoo! Searchmonkey|OmniWeb|iCab|NetPositive|Googlebot)[^)]*\)(?!.*(?:Chrome|Safari|Firefox)\/)/

/** A name and nothing else: people's browsers have more to say. */
const BARE_NAME = /^(?=[^]{3,60}$)[A-Za-z][\w.&-]*(?: [\w.&-]+){0,5}\/?$/

/** isbot's list without the patterns that every "Name/1.0" fits: an app with a short User-Agent is no bot. */
const OTHERS = [
  'Acme',
  'Acme/7',
  'AcmeSync/2.4',
  'AcmeSync/2.4.1',
  'Acme App/1.0.0',
  'acme-sync/1.2.0',
  'Acme/1.0;',
  'AcmeTV/beta',
  'x'.repeat(80),
  'Mozilla/5.0',
  'Mozilla/5.0 (compatible)',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko; acme.com) Acme/1.0; () Safari/537.36'
]
const listed = createIsbotFromList(
  list.filter((pattern) => !OTHERS.some((other) => new RegExp(pattern, 'i').test(other)))
)

/** A phone's app that shows web pages has many words behind its name. */
const IN_AN_APP = /; wv\)|Android.*MicroMessenger|\(i(?:Phone|Pad|Pod).*Mobile\/\w+ (?!Safari)/

/** Whether the text says so itself. */
export function isBot (userAgent: string): boolean {
  return BOT.test(userAgent)
}

/** Whether what is neither a tool nor an app is known for a bot. */
export function isListedBot (userAgent: string): boolean {
  if (!/^[a-z]/i.test(userAgent) || IN_AN_APP.test(userAgent)) return false
  return ABOUT.test(userAgent) || COMPATIBLE.test(userAgent) ||
    (!/^Mozilla\//.test(userAgent) && WEBHOOK.test(userAgent)) || listed(userAgent)
}

/** Whether it is a name alone. */
export function isBareName (userAgent: string): boolean {
  return BARE_NAME.test(userAgent) && !/^(.)\1+$/.test(userAgent) &&
    !/^(?:mozilla|opera|none|null|undefined|unknown|nan|test|user-?agent)\b/i.test(userAgent)
}

export function botName (userAgent: string): string {
  if (/HeadlessChrome\//.test(userAgent)) return 'Headless Chrome'
  const named = NAME.exec(userAgent)?.[0] ??
    /\(compatible; ([^/;()+]{1,40})/.exec(userAgent)?.[1] ??
    (/^Mozilla\//.test(userAgent)
      ? /([A-Za-z][\w.-]{1,39})(?:\/| Version\/)[\d.]+[^/]*$/.exec(userAgent.replace(/ (?:Safari|Mobile)\/\S+/g, ''))
        ?.[1]
      : /^[^/()+:]{1,40}/.exec(userAgent)?.[0])
  const name = productText(named?.replace(/ (?:from )?https?$|[ -]+v?[\d.]*$/, ''))
  return name === null || /^(?:Mozilla|AppleWebKit|Chrome|Gecko|Version)$|^MSIE/.test(name) ? 'Bot' : name
}
