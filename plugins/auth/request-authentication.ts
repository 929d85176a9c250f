/** The authentication of one request: made once, when the request comes in, and changed by its own methods only. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Rejection, type AdmissionResult, type SessionOwner } from '../../src/admission/admission-result.ts'
import type { SessionRecord } from '../../src/admission/session-record.ts'
import { SessionRequired, type SessionError } from '../../src/errors.ts'

const kAuthentication = Symbol.for('fastify-live-sessions.authentication')

/** The only object that a request costs, so everything is in it from the beginning: V8 knows one shape of it. */
export class RequestAuthentication {
  /** What the request is answered with. */
  readonly reply: FastifyReply
  /** The credential was the session cookie. */
  readonly byCookie: boolean
  /** Null until it is decided, and for a request without a credential. */
  private result: AdmissionResult | null = null
  private since: string | null
  private next: unknown
  private guarded = false
  private admittedNow = false
  private authorizedNow = false
  private endedMayPass = false

  /** See `startAuthentication`. */
  constructor (reply: FastifyReply, next: unknown, byCookie: boolean, asOf: string | null) {
    this.reply = reply
    this.byCookie = byCookie
    this.since = asOf
    this.next = next
  }

  /** The admitted session; null without one. */
  get record (): SessionRecord | null {
    return this.result === null || this.result instanceof Rejection ? null : this.result
  }

  /** The session that the token opened before it ended; null when it lives, or nobody can say. */
  get endedSession (): SessionOwner | null {
    return this.result instanceof Rejection ? this.result.endedSession : null
  }

  /** Why the request has no session. */
  get error (): SessionError {
    return this.result instanceof Rejection ? this.result.error : new SessionRequired()
  }

  /** What the admission decided. */
  settle (result: AdmissionResult | null): void {
    this.result = result
  }

  /** Goes on to the next hook. What runs within this call runs in the same step as the admission: nothing waited. */
  continueAdmitted (done: () => void): void {
    this.admittedNow = true
    try {
      done()
    } finally {
      this.admittedNow = false
    }
  }

  /** Goes on to the next hook. What runs within this call need not ask `admin.authorize` again: nothing waited. */
  continueAuthorized (done: () => void): void {
    this.authorizedNow = true
    try {
      done()
    } finally {
      this.authorizedNow = false
    }
  }

  /** Nothing waited since `admin.authorize` said yes. */
  get isAuthorizedNow (): boolean {
    return this.authorizedNow
  }

  /** A guard asks: null lets the request pass, and has its session checked once more before the handler. */
  passGuard (): SessionError | null {
    if (this.record === null) return this.error
    this.guarded = true
    return null
  }

  /**
   * The route also answers a session of its own that has ended, now or before the handler. Whether it has ended by now.
   */
  allowEnded (): boolean {
    this.endedMayPass = true
    return this.endedSession !== null
  }

  /** Whether Fastify itself called the hook that got this `done`, and no guard of the app's that combines several. */
  isNext (done: unknown): boolean {
    return this.next === done
  }

  /** The last hook before the handler: gives the session that has to be checked again; null when there is none. */
  recordToRecheck (done: unknown): SessionRecord | null {
    this.next = done
    if (!this.guarded) return null
    const { record } = this
    return record === null || (this.admittedNow && record.ended === null) ? null : record
  }

  /** What that check came to: null lets the request go on to its handler. */
  settleRecheck (result: AdmissionResult): SessionError | null {
    this.result = result
    if (!(result instanceof Rejection)) return null
    return this.endedMayPass && result.endedSession !== null ? null : result.error
  }

  /**
   * What this node had applied of all ends when the request came in: a login made with it is refused when the user's
   * password was changed since. Null when the node held no lease and `beginProof` has not asked.
   */
  get asOf (): string | null {
    return this.since
  }

  /**
   * Without a lease the node may not know of a changed password: the database is asked, before a password is checked.
   */
  async beginProof (ask: () => Promise<string>): Promise<string> {
    if (this.since === null) this.since = await ask()
    return this.since
  }
}

/** The session that asks. */
export interface Subject extends SessionOwner {
  /** False: it has ended, while its token is authentic and unexpired. */
  alive: boolean
}

declare module 'fastify' {
  interface FastifyRequest {
    [kAuthentication]?: RequestAuthentication
  }
}

/**
 * Notes on the request that its authentication begins. `next` is how Fastify goes on from hook to hook; `asOf` what
 * this node has applied, null without a lease. The symbol is not declared with `decorateRequest`: Fastify would write
 * it into each request by name, which takes longer than the rest of the hook.
 */
export function startAuthentication (
  request: FastifyRequest, reply: FastifyReply, next: unknown, byCookie: boolean, asOf: string | null
): RequestAuthentication {
  const authentication = new RequestAuthentication(reply, next, byCookie, asOf)
  request[kAuthentication] = authentication
  return authentication
}

/** Undefined for a request that the plugin's onRequest hook has not seen. */
export function authenticationOf (request: FastifyRequest): RequestAuthentication | undefined {
  return request[kAuthentication]
}

/** The session record of a request behind a guard. Throws SESSION_REQUIRED where there is none. */
export function guardedRecord (request: FastifyRequest): SessionRecord {
  const record = request[kAuthentication]?.record ?? null
  if (record === null) throw new SessionRequired()
  return record
}

/** Whose request this is, behind one of the guards. Throws what the guard would have answered with. */
export function subjectOf (request: FastifyRequest): Subject {
  const authentication = request[kAuthentication]
  if (authentication === undefined) throw new SessionRequired()
  const { record, endedSession } = authentication
  if (record !== null) return { id: record.id, userId: record.userId, alive: true }
  if (endedSession === null) throw authentication.error
  return { ...endedSession, alive: false }
}
