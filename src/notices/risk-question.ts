/** What the app is asked about a login: its session, as if it were there already, and what speaks against it. */
import type { AddressRule } from '../address.ts'
import type { Device } from '../device/device.ts'
import type { RiskQuestion } from '../options/risk.ts'
import { presentSession, type SessionRow } from '../session-row.ts'
import type { Claims } from '../session-types.ts'
import type { KeptLocation } from './places-record.ts'
import type { Risk } from './risk.ts'

/** A login, as the app is told of it. */
export interface LoginInQuestion {
  userId: string
  claims: Record<string, unknown>
  device: Device
  clientId: string | null
  ip: string | null
}

export interface RiskQuestionOptions {
  addressRule: AddressRule
  absoluteTimeoutMs: number
  idleTimeoutMs: number
}

export function createRiskQuestion ({ addressRule, absoluteTimeoutMs, idleTimeoutMs }: RiskQuestionOptions) {
  return (
    id: string,
    login: LoginInQuestion,
    location: KeptLocation | null,
    at: number,
    { reasons, score }: Pick<Risk, 'reasons' | 'score'>
  ): RiskQuestion => {
    const row = rowOf(id, { ...login, ip: addressRule.kept(login.ip) }, location, at, absoluteTimeoutMs)
    return {
      session: { ...presentSession(row, { currentId: id, idleTimeoutMs }), userId: login.userId },
      claims: login.claims as Claims,
      reasons,
      score
    }
  }
}

function rowOf (
  id: string,
  { userId, clientId, device, ip }: LoginInQuestion,
  location: KeptLocation | null,
  at: number,
  absoluteTimeoutMs: number
): SessionRow {
  return {
    id,
    userId,
    clientId,
    deviceName: device.deviceName,
    deviceType: device.deviceType,
    browserName: device.browser?.name ?? null,
    browserVersion: device.browser?.version ?? null,
    osName: device.os?.name ?? null,
    osVersion: device.os?.version ?? null,
    deviceVendor: device.deviceVendor,
    deviceModel: device.deviceModel,
    ipAddress: ip,
    location,
    createdAt: at,
    lastActivityAt: at,
    expiresAt: at + absoluteTimeoutMs,
    fullExpiresAt: null,
    timedOut: null,
    revokedAt: null,
    revokedReason: null,
    revokedBy: null,
    revokedByDevice: null,
    logoutDeliveredAt: null
  }
}
