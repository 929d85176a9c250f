/** What is known of a device; the shape that its row, the list and the panel have. */
import type { DeviceType, NamedVersion } from '../protocol.ts'

export interface Device {
  deviceName: string
  deviceType: DeviceType
  /** Null for command lines, bots, and apps that show no pages. An app that shows them is named here. */
  browser: NamedVersion | null
  os: NamedVersion | null
  deviceVendor: string | null
  deviceModel: string | null
  /** The header, without control characters, 512 characters at most. */
  userAgent: string
}

/** What the headers say, before it has a name. */
export type Parsed = Omit<Device, 'deviceName' | 'userAgent'>
