/** The plugin's options, from the demo's configuration: SESSION_OPTIONS are merged into them, group by group. */
import type { LiveSessionsOptions } from 'fastify-live-sessions'
import { ADMIN_ID, type Accounts } from './accounts.ts'
import type { DemoConfig } from './config.ts'
import type { Settings } from './settings.ts'

/** What the server finds out before the app is built. */
export interface Resources {
  secret: string
  database: { url: string, pool?: { min: number, max: number } }
  accounts: Accounts
  settings: Settings
}

/** `origin`: where this node listens, once it does. */
export function pluginOptions (
  config: DemoConfig,
  { secret, database, accounts, settings }: Resources,
  origin: () => string
): LiveSessionsOptions {
  const options: LiveSessionsOptions = {
    secret,
    database,
    redis: config.redisUrl,
    allowedOrigins: config.allowedOrigins,
    login: {
      verify: ({ body }) => accounts.verify(body.email, body.password),
      reauthenticate: ({ body, userId }) => accounts.confirm(userId, body['password'])
    },
    admin: { authorize: (request) => request.session?.userId === ADMIN_ID },
    preventConcurrentLogin: settings.preventConcurrentLogin,
    geoip: config.geoipDatabases.length === 0 ? null : config.geoipDatabases,
    risk: {},
    notify: notices(config, accounts, origin)
  }
  return merge(options, config.sessionOptions) as LiveSessionsOptions
}

/** Mails to the account's address, where there is a mail server. */
function notices (
  { smtpUrl, mailFrom }: DemoConfig,
  accounts: Accounts,
  origin: () => string
): Exclude<LiveSessionsOptions['notify'], undefined> {
  if (smtpUrl === undefined || mailFrom === undefined) return null
  return {
    origin,
    appName: 'Live sessions demo',
    mail: { url: smtpUrl, from: mailFrom },
    recipient: (userId) => ({ address: accounts.find(userId).email })
  }
}

/** Where the plugin's routes are, as SESSION_OPTIONS may say. */
export function routePrefix (config: DemoConfig): string {
  const { prefix } = config.sessionOptions
  return typeof prefix === 'string' ? prefix : '/api'
}

/** A group (`login`, `socket`) keeps what the other side leaves unsaid; everything else is replaced. */
export function merge (base: object, over: object): object {
  const own = new Map<string, unknown>(Object.entries(base))
  for (const [name, value] of Object.entries(over)) {
    const before = own.get(name)
    own.set(name, isGroup(before) && isGroup(value) ? merge(before, value) : value)
  }
  return Object.fromEntries(own)
}

function isGroup (value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
