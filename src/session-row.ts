/** A session as its row in the database says it, and as its owner is shown it. */
import type { DeviceType, EndReason, Location, Session, SessionDetail, SessionStatus } from './protocol.ts'

/** One row; times in ms since 1970. */
export interface SessionRow {
  id: string
  userId: string
  clientId: string | null
  deviceName: string
  deviceType: DeviceType
  browserName: string | null
  browserVersion: string | null
  osName: string | null
  osVersion: string | null
  deviceVendor: string | null
  deviceModel: string | null
  ipAddress: string | null
  location: Location | null
  createdAt: number
  lastActivityAt: number
  /** The absolute end. */
  expiresAt: number
  /** The absolute end that it gets when it is confirmed; null: it is. */
  fullExpiresAt: number | null
  /** The session ended by itself, by the database's clock; null while it has not. */
  timedOut: 'expired' | 'idle_timeout' | null
  revokedAt: number | null
  revokedReason: EndReason | null
  revokedBy: string | null
  /** The name of the device from which another session of the same user ended it. */
  revokedByDevice: string | null
  logoutDeliveredAt: number | null
}

/** With the last addresses. */
export type DetailRow = SessionRow & Pick<SessionDetail, 'addresses'>

/** Why this session has ended, or null while it is alive. */
export function endOf (row: Pick<SessionRow, 'revokedAt' | 'revokedReason' | 'timedOut'>): EndReason | null {
  return row.revokedAt === null ? row.timedOut : row.revokedReason ?? 'policy'
}

export function statusOf (row: Pick<SessionRow, 'revokedAt' | 'revokedReason' | 'timedOut'>): SessionStatus {
  const reason = endOf(row)
  if (reason === null) return 'active'
  return reason === 'expired' || reason === 'idle_timeout' ? 'expired' : 'revoked'
}

export interface PresentOptions {
  /** The session that asks, or null. */
  currentId: string | null
  /** The idle timeout in ms: the session ends at the earlier of it and the absolute end. */
  idleTimeoutMs: number
}

/** The row as its owner sees it. */
export function presentSession (row: SessionRow, { currentId, idleTimeoutMs }: PresentOptions): Session {
  const status = statusOf(row)
  const session: Session = {
    id: row.id,
    deviceName: row.deviceName,
    deviceType: row.deviceType,
    browser: row.browserName === null ? null : { name: row.browserName, version: row.browserVersion },
    os: row.osName === null ? null : { name: row.osName, version: row.osVersion },
    deviceVendor: row.deviceVendor,
    deviceModel: row.deviceModel,
    clientId: row.clientId,
    ipAddress: row.ipAddress,
    location: presentLocation(row.location),
    createdAt: isoTime(row.createdAt),
    lastActivityAt: isoTime(row.lastActivityAt),
    expiresAt: isoTime(Math.min(row.expiresAt, row.lastActivityAt + idleTimeoutMs)),
    isCurrent: row.id === currentId,
    confirmed: row.fullExpiresAt === null,
    status
  }
  if (status === 'active') return session
  return {
    ...session,
    revokedAt: row.revokedAt === null ? null : isoTime(row.revokedAt),
    revokedReason: endOf(row),
    revokedBy: row.revokedBy,
    logoutDeliveredAt: row.logoutDeliveredAt === null ? null : isoTime(row.logoutDeliveredAt)
  }
}

/** Rows may hold more, or less: coordinates, or no region from before there were any. */
function presentLocation (location: Location | null): Location | null {
  if (location === null) return null
  const { countryCode, country, region, city } = location
  return { countryCode: countryCode ?? null, country: country ?? null, region: region ?? null, city: city ?? null }
}

export function presentDetail (row: DetailRow, options: PresentOptions): SessionDetail {
  return {
    ...presentSession(row, options),
    addresses: row.addresses.map(({ ip, at }) => ({ ip, at: new Date(at).toISOString() }))
  }
}

export function isoTime (ms: number): string {
  return new Date(ms).toISOString()
}
