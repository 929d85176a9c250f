/** What each option may be. Throws SESSION_OPTION_INVALID, which names the option and says what it takes. */
import { OptionInvalid } from '../errors.ts'
import type { ResolvedOptions } from './defaults.ts'
import { nearestName } from './near-misses.ts'
import { PREVENT_CONCURRENT_LOGIN, WHEN_FULL } from './options.ts'
import {
  checkBoolean,
  checkFunction,
  checkNumber,
  checkOneOf,
  checkText,
  inWords,
  MAX_DURATION_MS,
  MAX_TIMER_MS,
  rejectOption
} from './values.ts'

export function check (options: ResolvedOptions<never>): void {
  checkTimes(options)
  checkGroups(options)
  if (typeof options.preventConcurrentLogin !== 'function') {
    checkOneOf(
      'preventConcurrentLogin',
      options.preventConcurrentLogin,
      PREVENT_CONCURRENT_LOGIN,
      ' or a function that gives one of them'
    )
  }
  if (typeof options.whenFull !== 'function') {
    checkOneOf('whenFull', options.whenFull, WHEN_FULL, ' or a function that gives one of them')
  }
  if (options.maxSessions !== null && typeof options.maxSessions !== 'function') {
    checkNumber('maxSessions', options.maxSessions, 1, 1_000_000, ', null for no limit, or a function that gives one')
  }
  for (const name of ['replaceSameDevice', 'awaitEvictions', 'migrate'] as const) checkBoolean(name, options[name])
  for (const name of ['issuer', 'audience', 'redisPrefix'] as const) checkText(name, options[name])
  if (typeof options.prefix !== 'string' || !/^(?:\/[\w-]+)*$/.test(options.prefix)) {
    rejectOption(
      'prefix',
      'a path like "/api", without a slash at its end, or "" (with parameters, as in "/:tenant/api", it is the prefix of a scope: app.register(scope, { prefix: "/:tenant" }))',
      options.prefix
    )
  }
  if (options.requireTls !== 'auto') checkBoolean('requireTls', options.requireTls, ' or "auto"')
  checkOrigins(options.allowedOrigins)
  checkClearSiteData(options.clearSiteData)
  checkCallbacks(options)
}

function checkTimes (options: ResolvedOptions<never>): void {
  const timers = ['activityIntervalMs', 'leaseMs', 'renewalMs', 'queryTimeoutMs'] as const
  const durations = ['absoluteTimeoutMs', 'idleTimeoutMs', 'knownDevicesMs', 'maxClockDifferenceMs'] as const
  for (const name of [...timers, ...durations]) checkNumber(name, options[name], 1, MAX_DURATION_MS)
  for (const name of timers) checkNumber(name, options[name], 1, MAX_TIMER_MS)
  if (options.reauthenticateWithinMs !== null && typeof options.reauthenticateWithinMs !== 'function') {
    checkNumber(
      'reauthenticateWithinMs',
      options.reauthenticateWithinMs,
      1,
      MAX_DURATION_MS,
      ', null for never, or a function that gives one'
    )
  }
  if (options.renewalMs * 3 > options.leaseMs) {
    throw new OptionInvalid(
      'renewalMs',
      `must be at most a third of leaseMs (${options.leaseMs}), not ${options.renewalMs}: one late renewal would end the lease`
    )
  }
}

function checkGroups ({ socket, cleanup, cache }: ResolvedOptions<never>): void {
  checkBoolean('socket.countsAsActivity', socket.countsAsActivity)
  checkNumber('socket.heartbeatMs', socket.heartbeatMs, 1, MAX_TIMER_MS)
  checkNumber('socket.maxPerSession', socket.maxPerSession, 1, 1_000_000)
  checkNumber('socket.maxFramesPerTenSeconds', socket.maxFramesPerTenSeconds, 1, 1_000_000)
  checkBoolean('cleanup.enabled', cleanup.enabled)
  checkNumber('cleanup.periodMs', cleanup.periodMs, 1, MAX_TIMER_MS)
  checkNumber('cleanup.inactiveMs', cleanup.inactiveMs, 1, MAX_DURATION_MS)
  checkNumber('cleanup.retentionMs', cleanup.retentionMs, 1, MAX_DURATION_MS)
  checkNumber('cache.maxSessions', cache.maxSessions, 0, 10_000_000)
  checkNumber('cache.maxReads', cache.maxReads, 1, 1_000_000)
}

/** Where no web page comes from: an app's web view or an extension, whose platform writes its origin as it likes. */
const APP_ORIGIN = /^(?!(?:https?|wss?|ftp|file|blob|data|about|javascript):)[a-z][a-z0-9+.-]*:\/\/[^\s/\\@?#*]+$/

function isOrigin (origin: unknown): boolean {
  if (typeof origin !== 'string') return false
  return APP_ORIGIN.test(origin) || (URL.canParse(origin) && new URL(origin).origin === origin && !origin.includes('*'))
}

function checkOrigins (origins: readonly string[]): void {
  if (!Array.isArray(origins)) rejectOption('allowedOrigins', 'a list of origins like ["https://app.example.com"]', origins)
  for (const origin of origins as readonly string[]) {
    if (!isOrigin(origin)) {
      throw new OptionInvalid(
        'allowedOrigins',
        `has ${
          inWords(origin)
        }; an origin looks like https://app.example.com, without a path or a *, or like capacitor://localhost`
      )
    }
  }
}

/** What browsers know today; others may come. */
const CLEARED = [
  '*', 'cache', 'clientHints', 'cookies', 'executionContexts', 'prefetchCache', 'prerenderCache', 'storage'
]

/** They go into a header, in quotes. */
function checkClearSiteData (types: readonly string[] | false): void {
  const isType = (type: unknown): boolean => typeof type === 'string' && /^(?:\*|[\w-]+)$/.test(type)
  if (types !== false && !(Array.isArray(types) && types.every(isType))) {
    rejectOption('clearSiteData', 'a list of types like ["cache"], or false', types)
  }
  for (const type of types === false ? [] : types.filter((type) => !CLEARED.includes(type))) {
    const near = nearestName(type, CLEARED)
    if (near !== null) throw new OptionInvalid('clearSiteData', `has ${inWords(type)}; did you mean ${near}?`)
  }
}

function checkCallbacks ({ login, admin }: ResolvedOptions<never>): void {
  if (login !== undefined) {
    checkFunction('login.verify', login.verify, 'that checks the password and returns {id, claims?} or null')
    checkNumber('login.failuresPerMinute', login.failuresPerMinute, 0, 1_000_000)
    checkNumber('login.accountFailuresPerHour', login.accountFailuresPerHour, 0, 1_000_000)
  }
  if (login?.reauthenticate !== undefined) {
    checkFunction(
      'login.reauthenticate',
      login.reauthenticate,
      'that checks the password again and returns true or false'
    )
  }
  if (admin !== undefined) checkFunction('admin.authorize', admin.authorize, 'from the request to true or false')
}
