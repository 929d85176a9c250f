/** One line for people: "Chrome on Galaxy S20 FE 5G", "Samsung TV", "PlayStation 5". Never blank. */
import type { Parsed } from './device-facts.ts'
import type { NamedVersion } from '../protocol.ts'

const UNKNOWN = 'Unknown device'

/** `mayBeIPad`: Safari says that it is on a Mac, and nobody can know. */
export function nameOf ({ browser, os, deviceType, deviceVendor, deviceModel }: Parsed, mayBeIPad: boolean): string {
  if (deviceType === 'tv') {
    return deviceModel === null
      ? televisionName(deviceVendor)
      : modelName(deviceVendor, deviceModel)
  }
  if (deviceType === 'console') return hardwareName(deviceVendor, deviceModel, os) ?? 'Game console'
  if (deviceType === 'wearable') return hardwareName(deviceVendor, deviceModel, os) ?? 'Watch or headset'
  const place = deviceModel !== null
    ? modelName(deviceVendor, deviceModel)
    : os === null
      ? null
      : os.name === 'macOS'
        ? mayBeIPad ? 'Mac or iPad' : 'Mac'
        : os.name
  if (deviceType === 'app') return `${browser?.name ?? 'App'} on ${place ?? 'an unknown device'}`
  if (browser !== null) return place === null ? browser.name : `${browser.name} on ${place}`
  return place === null ? UNKNOWN : deviceModel !== null ? place : `${place} device`
}

function televisionName (vendor: string | null): string {
  return vendor === 'Amazon' ? 'Fire TV' : vendor === 'Roku' ? vendor : vendor === null ? 'TV' : `${vendor} TV`
}

function hardwareName (vendor: string | null, model: string | null, os: NamedVersion | null): string | null {
  if (model !== null) return modelName(vendor, model)
  return os?.name === 'watchOS' ? 'Apple Watch' : vendor ?? os?.name ?? null
}

/** Lines that people know without their maker. */
const LINES =
  /^(?:Galaxy|Pixel|Nexus|iPhone|iPad|Redmi|POCO|Mi |moto|PlayStation|Xperia|OnePlus|realme|Nothing|ROG|Fire|Kindle|Surface|Xbox)\b/i

/** "Samsung SM-S918B", but "iPhone" and "PlayStation 5": some models are known without their maker. */
function modelName (vendor: string | null, model: string): string {
  if (model === 'watch' && vendor === 'Apple') return 'Apple Watch'
  const wellKnown = vendor === null || ['Apple', 'Google', 'Microsoft'].includes(vendor) || LINES.test(model) ||
    model.toLowerCase().startsWith(vendor.toLowerCase())
  return wellKnown ? model : `${vendor} ${model}`
}
