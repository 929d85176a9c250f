/** A login: one transaction under the user's lock decides what has to go, signs, and writes; then what goes is out everywhere. */
import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Device } from '../device/device.ts'
import { CallInvalid, InvalidCredentials, sessionEnded, SessionLimitReached, StoreUnavailable } from '../errors.ts'
import { endOf, isoTime, presentSession, type SessionRow } from '../session-row.ts'
import type { UserId } from '../session-types.ts'
import type { Sql } from '../database/sql.ts'
import { decideLogin, EVICTION_REASONS, type ConcurrencyRules, type Decision } from './concurrency.ts'
import type { Database } from '../database/database.ts'
import type { Ending } from './ending.ts'
import { checkClaims, checkUserId } from './login-input.ts'
import type { RulesOf } from './login-rules.ts'
import type { SessionEmitter } from './session-events.ts'
import type { EndedSession } from './ended-session.ts'
import type { OpenedSession, PendingSession } from './opened-session.ts'
import { enterTransaction, requireCommitted } from './own-transaction.ts'
import type { LivingDevice, SessionStore } from './store/sessions.ts'
import type { Stored } from '../database/stored.ts'
import { createUndo } from './undo.ts'
import { createUserQueue } from './user-queue.ts'

/** What goes into a token; times in seconds since 1970. */
export interface TokenContent extends Record<string, unknown> {
  sub: string
  session_id: string
  iat: number
  exp: number
}

export interface OpenInput {
  userId: UserId
  /** What the app adds to the token. */
  claims?: Record<string, unknown> | undefined
  device: Device
  deviceId: string | null
  clientId: string | null
  ip: string | null
  /** The node's cursor when the login began: a later change of the user's credentials refuses it. */
  asOf: string | null
  /** What is known of the browser that it came from; left out where none is. */
  browser?: Browser
}

export interface Browser {
  /** The session whose cookie it sent, whosever that is; it may have ended. */
  carried: string | null
  /** Its cookie gets the new token, and nothing else does: the session it had has no owner any more. */
  replaces: boolean
  /**
   * A snapshot from when the login began, of a browser that showed no device: what looks like it and came to be since then is another
   * click on the same button, whose answer this one's follows. Null: the device is known, or nobody could be asked.
   */
  begun: Promise<string | null> | null
}

/** The input, checked. */
interface Incoming extends Omit<OpenInput, 'userId' | 'claims'> {
  userId: string
  claims: Record<string, unknown>
  /** The browser's `begun`, at hand: a transaction waits for nobody who may wait for its connection. */
  begun: string | null
}

export interface LoginOptions {
  database: Pick<Database, 'sql' | 'transaction'>
  store: SessionStore
  stored: Stored
  ending: Ending
  rulesOf: RulesOf
  /** Whether the answer waits until the sessions that had to go are out on every node. */
  awaitEvictions: boolean
  signToken: (content: TokenContent) => string
  /** The user's list changed, by an action on this node. */
  changed: (userId: string) => void
  events: SessionEmitter
  absoluteTimeoutMs: number
  idleTimeoutMs: number
  clock: Pick<Clock, 'setTimer'>
  /** How long a login may wait for earlier ones of its user, in ms. */
  maxWaitMs: number
  onError: (error: unknown) => void
}

interface Opened {
  row: SessionRow
  token: string
  /** What has to be out on every node before the token is handed over. */
  gone: EndedSession[]
}

export type Login = ReturnType<typeof createLogin>

export function createLogin (options: LoginOptions) {
  const { database, store, stored, ending, rulesOf, awaitEvictions, signToken, changed, events, absoluteTimeoutMs, idleTimeoutMs, clock, maxWaitMs, onError } = options
  const queue = createUserQueue({ clock, maxWaitMs })
  const undo = createUndo({ ending, clock, onError })

  /** Everything that must not change between looking and doing: under the lock of this user, on all nodes. */
  async function openUnderLock (sql: Sql, id: string, input: Incoming, rules: ConcurrencyRules): Promise<Opened> {
    const { userId, claims, device, deviceId, clientId, ip, asOf } = input
    if (asOf === null) throw new StoreUnavailable()
    const at = await store.lockForLogin(sql, userId)
    if (await store.credentialsChangedSince(sql, userId, asOf)) throw new InvalidCredentials()
    const living = await store.livingOfUser(sql, userId)
    const carried = input.browser?.carried ?? null
    const replaces = new Set(await otherClicks(sql, living, input, rules))
    if (carried !== null && input.browser?.replaces === true) replaces.add(carried)
    const decision = decideLogin(living, { userId, deviceId, clientId, deviceType: device.deviceType, replaces, carried }, rules)
    if (decision.denied) throw new SessionLimitReached()
    // Before anything is written, which an app that catches this may commit: claims that fit into no token leave no session behind.
    const token = signToken({ ...claims, sub: userId, session_id: id, iat: Math.floor(at / 1_000), exp: Math.floor((at + absoluteTimeoutMs) / 1_000) })
    const evicted = await evict(sql, input, decision)
    // Another user's: no rule of this login's looks at it.
    const others = [...replaces].filter((id) => !living.some((session) => session.id === id))
    if (others.length > 0) evicted.push(...await store.end(sql, { ids: others }, { reason: 'replaced', by: 'system', ip }))
    const bounded = evicted.length > 0 || rules.limit !== null || rules.preventConcurrentLogin !== 'disabled'
    const gone = bounded ? [...evicted, ...await earlierEnds(sql, userId, evicted)] : []
    const row = await store.insert(sql, { id, userId, clientId, deviceId, device, ip, absoluteTimeoutMs })
    return { row, token, gone }
  }

  /** Sessions of the same browser, as far as anybody can tell, whose logins had not been answered when this one came: one button, clicked twice. */
  async function otherClicks (sql: Sql, living: readonly LivingDevice[], { begun, device, clientId, ip }: Incoming, { replaceSameDevice }: ConcurrencyRules): Promise<string[]> {
    if (begun === null || !replaceSameDevice) return []
    const alike = living.filter((other) => other.deviceId !== null && other.ip === ip && other.clientId === clientId && other.deviceName === device.deviceName && other.deviceType === device.deviceType)
    return alike.length === 0 ? [] : await store.openedSince(sql, alike.map(({ id }) => id), begun)
  }

  async function evict (sql: Sql, { userId, ip }: Incoming, { end }: Decision): Promise<EndedSession[]> {
    const evicted: EndedSession[] = []
    for (const reason of EVICTION_REASONS) {
      const ids = end.filter((session) => session.reason === reason).map(({ id }) => id)
      if (ids.length > 0) evicted.push(...await store.end(sql, { ids }, { reason, by: userId, ip }))
    }
    return evicted
  }

  /** What the user's earlier logins and logouts ended keeps its place while some node may still admit it: nobody else may have waited for that yet. */
  async function earlierEnds (sql: Sql, userId: string, evicted: readonly EndedSession[]): Promise<EndedSession[]> {
    const known = new Set(evicted.map(({ id }) => id))
    return (await store.unappliedEnds(sql, { userId })).filter(({ id }) => !known.has(id))
  }

  /** What had to go is out before the new session is handed over; where that stays unsure, the new one ends too. */
  async function settle ({ row, gone }: Opened): Promise<void> {
    if (gone.length === 0) return
    const confirmed = ending.confirm(gone)
    if (!awaitEvictions) {
      confirmed.catch(onError)
      return
    }
    try {
      await confirmed
    } catch (error) {
      undo(row.id)
      throw error
    }
  }

  function denied ({ userId, device, clientId, ip }: Incoming): void {
    events.emit('denied', { userId, deviceType: device.deviceType, clientId, ipAddress: ip })
  }

  /** The input, checked, with an id for its session and the rules for this login. */
  async function prepare (given: OpenInput): Promise<{ id: string, input: Incoming, rules: ConcurrencyRules }> {
    const input: Incoming = { ...given, userId: checkUserId(given.userId), claims: checkClaims(given.claims), begun: await given.browser?.begun ?? null }
    const { userId, claims, device, clientId } = input
    return { id: randomUUID(), input, rules: await rulesOf({ userId, deviceType: device.deviceType, clientId, claims }) }
  }

  /** Everybody may know of it now. */
  function announce ({ row, token }: Opened): OpenedSession {
    const session = presentSession(row, { currentId: row.id, idleTimeoutMs })
    changed(row.userId)
    events.emit('opened', { userId: row.userId, session })
    return { token, expiresAt: isoTime(row.expiresAt), session }
  }

  return {
    /** Ends a session that was opened and whose token reached nobody; not at once, and again where PostgreSQL can't be asked. */
    discard (id: string): void {
      undo(id, { committed: true })
    },

    /**
     * A new session with its token.
     * Rejects with `SESSION_LIMIT_REACHED`; and with `INVALID_CREDENTIALS` when the user's password was changed or the account
     * disabled while this login was under way.
     */
    async open (given: OpenInput): Promise<OpenedSession> {
      const { id, input, rules } = await prepare(given)
      let begun = false
      let opened: Opened
      try {
        opened = await queue.run(input.userId, () => stored(() => {
          // Without a begin nothing is written.
          begun = input.asOf !== null
          return database.transaction((sql) => openUnderLock(sql, id, input, rules))
        }))
      } catch (error) {
        if (begun && error instanceof StoreUnavailable) undo(id)
        if (error instanceof SessionLimitReached) denied(input)
        throw error
      }
      await settle(opened)
      return announce(opened)
    },

    /**
     * The same inside the caller's transaction, with all its rules. Nobody hears of it, and its token opens nothing, before the
     * commit; `confirm` is for after it. Rejects with the driver's error, so that the caller can run its transaction again.
     */
    async openIn (sql: Sql, given: OpenInput): Promise<PendingSession> {
      const { id, input, rules } = await prepare(given)
      const xid = await enterTransaction(sql, store, 'openIn')
      const opened = await openUnderLock(sql, id, input, rules).catch((error: unknown) => {
        if (error instanceof SessionLimitReached) denied(input)
        throw error
      })
      const { row, token } = opened
      let confirming: Promise<OpenedSession> | undefined
      const confirm = async (): Promise<OpenedSession> => {
        await stored(() => requireCommitted(database.sql, store, xid))
        // It may have gone back to a savepoint, and been committed without this; or the session was ended since.
        const found = await stored(() => store.find(database.sql, id))
        if (found === null) throw new CallInvalid('the part of the transaction that opened the session was rolled back')
        const reason = endOf(found)
        if (reason !== null) throw sessionEnded(reason)
        await settle(opened)
        return announce(opened)
      }
      return {
        token,
        expiresAt: isoTime(row.expiresAt),
        session: presentSession(row, { currentId: id, idleTimeoutMs }),
        // Said once, however often it is asked; what could not be said yet may be tried again.
        confirm: async () => await (confirming ??= confirm().catch((error: unknown) => {
          confirming = undefined
          throw error
        }))
      }
    }
  }
}
