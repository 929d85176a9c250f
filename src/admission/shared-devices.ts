/**
 * What a row says of its device. Many sessions say the same, "Chrome on Windows": in memory it is held once for all of
 * them.
 */
import type { SessionRow } from '../session-row.ts'

export type RowDevice = Readonly<
  Pick<
    SessionRow,
    | 'clientId'
    | 'deviceName'
    | 'deviceType'
    | 'browserName'
    | 'browserVersion'
    | 'osName'
    | 'osVersion'
    | 'deviceVendor'
    | 'deviceModel'
  >
>

/** Owners name their devices: whoever makes up names only empties the pool. */
const MAX_DEVICES = 10_000

/** Gives what the row says of its device, as one object for all rows that say the same. */
export function createSharedDevices (): (row: SessionRow) => RowDevice {
  const devices = new Map<string, RowDevice>()
  return (
    { clientId, deviceName, deviceType, browserName, browserVersion, osName, osVersion, deviceVendor, deviceModel }
  ) => {
    const key = JSON.stringify([
      clientId,
      deviceName,
      deviceType,
      browserName,
      browserVersion,
      osName,
      osVersion,
      deviceVendor,
      deviceModel
    ])
    const known = devices.get(key)
    if (known !== undefined) return known
    if (devices.size >= MAX_DEVICES) devices.clear()
    const device = {
      clientId,
      deviceName,
      deviceType,
      browserName,
      browserVersion,
      osName,
      osVersion,
      deviceVendor,
      deviceModel
    }
    devices.set(key, device)
    return device
  }
}
