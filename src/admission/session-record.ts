/** What a node holds of an admitted session: one private record, and one flag that ends it. */
import type { EndReason, Location } from '../protocol.ts'
import type { SessionRow } from '../session-row.ts'
import type { Active } from '../session/activity.ts'
import type { SessionView } from './session-view.ts'
import type { RowDevice } from './shared-devices.ts'

/** What a verified token says. */
export interface TokenClaims {
  userId: string
  sessionId: string
  /** When it was signed, by the clock of the node that did. In ms since 1970. */
  issuedAt: number
  /** When the token ends, in ms since 1970. */
  expiresAt: number
  /** What the app added. */
  claims: Readonly<Record<string, unknown>>
}

/** Held a hundred thousand times: only what a living session needs, each thing once. */
export class SessionRecord implements Active {
  readonly id: string
  readonly userId: string
  readonly token: string
  readonly claims: TokenClaims['claims']
  /** The earlier of the token's and the session's absolute end, in ms since 1970. */
  readonly expiresAt: number
  /** Set once, when the session ends; nothing clears it. */
  ended: EndReason | null = null
  /** Held by the cache, and so told of its end. */
  cached = false
  /** What the app is shown, while it is kept. */
  view: SessionView | null = null
  activeAt: number
  activeIp: string | null
  unwritten = false
  readonly #device: RowDevice
  readonly #ipAddress: string | null
  readonly #location: Location | null
  readonly #createdAt: number
  readonly #lastActivityAt: number
  readonly #absoluteEnd: number
  readonly #fullEnd: number | null

  constructor (token: string, claims: TokenClaims, row: SessionRow, device: RowDevice, activeAt: number) {
    this.id = row.id
    this.userId = row.userId
    // A copy: the token may be a part of a long Cookie header, which it would keep in memory.
    this.token = Buffer.from(token, 'latin1').toString('latin1')
    this.claims = claims.claims
    this.expiresAt = Math.min(claims.expiresAt, row.expiresAt)
    this.activeAt = activeAt
    this.activeIp = row.ipAddress
    this.#device = device
    this.#ipAddress = row.ipAddress
    this.#location = row.location
    this.#createdAt = row.createdAt
    this.#lastActivityAt = row.lastActivityAt
    this.#absoluteEnd = row.expiresAt
    this.#fullEnd = row.fullExpiresAt
  }

  /** False: it waits to be confirmed on another device. */
  get confirmed (): boolean {
    return this.#fullEnd === null
  }

  /** The row as it was read, alive. */
  get row (): SessionRow {
    const device = this.#device
    // One by one: V8 takes a hundred times as long for a spread and more behind it.
    return {
      id: this.id,
      userId: this.userId,
      clientId: device.clientId,
      deviceName: device.deviceName,
      deviceType: device.deviceType,
      browserName: device.browserName,
      browserVersion: device.browserVersion,
      osName: device.osName,
      osVersion: device.osVersion,
      deviceVendor: device.deviceVendor,
      deviceModel: device.deviceModel,
      ipAddress: this.#ipAddress,
      location: this.#location,
      createdAt: this.#createdAt,
      lastActivityAt: this.#lastActivityAt,
      expiresAt: this.#absoluteEnd,
      fullExpiresAt: this.#fullEnd,
      timedOut: null,
      revokedAt: null,
      revokedReason: null,
      revokedBy: null,
      revokedByDevice: null,
      logoutDeliveredAt: null
    }
  }
}
