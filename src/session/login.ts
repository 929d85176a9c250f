/**
 * A login: its transaction, then what had to go for it is out on every node, then the answer; alone, or in an app's
 * transaction.
 */
import { randomUUID } from 'node:crypto'
import type { Transaction } from '../app/instances.ts'
import type { Clock } from '../clock.ts'
import { CallInvalid, LoginDenied, sessionEnded, SessionLimitReached, StoreUnavailable } from '../errors.ts'
import { endOf, isoTime, presentSession, type SessionRow } from '../session-row.ts'
import type { ConcurrencyRules } from './concurrency.ts'
import type { Ending } from './ending.ts'
import { checkClaims, checkUserId } from './login-input.ts'
import type { CheckedLogin, DeniedLogin, LoginRequest, OpenedRow } from './login-request.ts'
import type { RulesOf } from './login-rules.ts'
import { createLoginTransaction, type LoginTransactionOptions } from './login-transaction.ts'
import type { OpenedSession, PendingSession } from './opened-session.ts'
import { enterTransaction, requireCommitted } from './own-transaction.ts'
import type { SessionEmitter } from './session-events.ts'
import type { Store } from './store/store.ts'
import { createUndo } from './undo.ts'
import { createUserQueue } from './user-queue.ts'

export interface LoginOptions extends LoginTransactionOptions {
  store: Store
  ending: Ending
  rulesOf: RulesOf
  /** Whether the answer waits until the sessions that had to go are out on every node. */
  awaitEvictions: boolean
  /** The user's list changed, by an action on this node. */
  changed: (userIds: readonly string[]) => void
  events: SessionEmitter
  idleTimeoutMs: number
  clock: Pick<Clock, 'setTimer'>
  /** How long a login may wait for earlier ones of its user, in ms. */
  maxWaitMs: number
  onError: (error: unknown) => void
}

export type Login = ReturnType<typeof createLogin>

export function createLogin (options: LoginOptions) {
  const { store, ending, rulesOf, assess, addressRule, noting = null, awaitEvictions, changed, events } = options
  const { idleTimeoutMs, clock, maxWaitMs, onError } = options
  const openUnderLock = createLoginTransaction(options)
  const queue = createUserQueue({ clock, maxWaitMs })
  const undo = createUndo({ ending, clock, onError })

  /** The request, checked, with an id for its session and the rules for this login. */
  async function prepare (given: LoginRequest): Promise<{ id: string, login: CheckedLogin, rules: ConcurrencyRules }> {
    const userId = checkUserId(given.userId)
    const claims = checkClaims(given.claims)
    const login: CheckedLogin = { ...given, userId, claims, begun: await given.browser?.begun ?? null }
    const { device, clientId } = login
    return {
      id: randomUUID(),
      login,
      rules: await rulesOf({ userId, deviceType: device.deviceType, clientId, claims })
    }
  }

  /** What had to go is out before the new session is handed over; where that stays unsure, the new one ends too. */
  async function settle ({ row, gone }: OpenedRow): Promise<void> {
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

  /** Everybody may know of it now. */
  function announce ({ row, token, noticed }: OpenedRow): OpenedSession {
    const session = presentSession(row, { currentId: row.id, idleTimeoutMs })
    changed([row.userId])
    if (noticed) noting?.noted()
    events.emit('opened', { userId: row.userId, session })
    return { token, expiresAt: isoTime(endOfToken(row)), session }
  }

  function announceIfDenied (error: unknown, { userId, device, clientId, ip }: CheckedLogin): void {
    if (!(error instanceof SessionLimitReached || error instanceof LoginDenied)) return
    // Its user may be told; of an app's own transaction once that is committed.
    if (error instanceof LoginDenied) noting?.noted()
    events.emit('denied', {
      userId,
      deviceType: device.deviceType,
      clientId,
      ipAddress: addressRule.kept(ip),
      code: error instanceof LoginDenied ? 'SESSION_LOGIN_DENIED' : 'SESSION_LIMIT_REACHED'
    })
  }

  return {
    /**
     * Ends a session that was opened and whose token reached nobody; not at once, and again where PostgreSQL can't be
     * asked.
     */
    discard (id: string): void {
      undo(id, { committed: true })
    },

    /**
     * A new session with its token.
     * Rejects with `SESSION_LIMIT_REACHED`, with `SESSION_LOGIN_DENIED`; and with `INVALID_CREDENTIALS` when the user's
     * password was changed or the account disabled while this login was under way.
     */
    async open (given: LoginRequest): Promise<OpenedSession> {
      const { id, login, rules } = await prepare(given)
      let transactionBegun = false
      let opened: OpenedRow
      try {
        opened = orThrowDenied(
          await queue.run(login.userId, () => {
            // Without `asOf` the transaction writes nothing, so there is nothing to undo.
            transactionBegun = login.asOf !== null
            return assess.answering((answer) =>
              store.transaction((queries) => openUnderLock(queries, id, login, rules, answer))
            )
          })
        )
      } catch (error) {
        if (transactionBegun && error instanceof StoreUnavailable) undo(id)
        announceIfDenied(error, login)
        throw error
      }
      await settle(opened)
      return announce(opened)
    },

    /**
     * The same inside the caller's transaction, with all its rules. Nobody hears of it, and its token opens nothing,
     * before the commit; `confirm` is for after it. Rejects with the driver's error, so that the caller can run its
     * transaction again.
     */
    async openIn (transaction: Transaction, given: LoginRequest): Promise<PendingSession> {
      const queries = store.within(transaction)
      const { id, login, rules } = await prepare(given)
      const xid = await enterTransaction(queries, 'openIn')
      // The app, which may be asked about it, holds the transaction open itself.
      const opened = await assess.answering((answer) => openUnderLock(queries, id, login, rules, answer))
        .then(orThrowDenied)
        .catch((error: unknown) => {
          announceIfDenied(error, login)
          throw error
        })

      async function confirm (): Promise<OpenedSession> {
        await requireCommitted(store, xid)
        // It may have gone back to a savepoint, and been committed without this; or the session was ended since.
        const found = await store.find(id)
        if (found === null) throw new CallInvalid('the part of the transaction that opened the session was rolled back')
        const reason = endOf(found)
        if (reason !== null) throw sessionEnded(reason)
        await settle(opened)
        return announce(opened)
      }

      const { row, token } = opened
      let confirming: Promise<OpenedSession> | undefined
      return {
        token,
        expiresAt: isoTime(endOfToken(row)),
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

/** What was refused has been committed, so that it can be looked up. */
function orThrowDenied (opened: OpenedRow | DeniedLogin): OpenedRow {
  if (opened.denied !== null) throw new LoginDenied()
  return opened
}

/** A session that waits for a confirmation ends sooner, while its token is good for as long as it may live then. */
function endOfToken ({ expiresAt, fullExpiresAt }: SessionRow): number {
  return fullExpiresAt ?? expiresAt
}
