/** The origin of an address. */
import { platform } from './platform.ts'

/** By its text: React Native's URL has no `origin` that one can rely on. */
export const ORIGIN = /^https?:\/\/[^/?#]+/i

/** As the platform writes it; a relative address is the page's. Undefined where there is none. */
export function originOf (url: string): string | undefined {
  try {
    return ORIGIN.exec(new URL(url, platform.location?.href).href)?.[0]
  } catch {
    return undefined
  }
}
