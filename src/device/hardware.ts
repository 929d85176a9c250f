/** Who made the device, and which model it is, where anybody says so. */
import type { DeviceType } from '../protocol.ts'
import { capital } from './browsers.ts'
import type { ClientHints } from './client-hints.ts'
import { marketingName } from './models.ts'
import { isDesktopPageOnIPad } from './systems.ts'
import { productText } from './text.ts'

interface Hardware {
  deviceVendor: string | null
  deviceModel: string | null
}

export function hardwareOf (
  userAgent: string,
  { vendor, model }: { vendor: string | undefined, model: string | undefined },
  hints: ClientHints | null,
  { system, kind }: { system: string | null, kind: DeviceType | null }
): Hardware {
  if (isDesktopPageOnIPad(userAgent)) return { deviceVendor: 'Apple', deviceModel: 'iPad' }
  const parsed = hints?.model ?? modelOf(vendor, model, kind)
  const maker = vendorOf(vendor, system, kind)
  if (system !== 'Android' || kind === 'tv') return { deviceVendor: maker, deviceModel: parsed }
  const inText = androidModel(userAgent)
  const written = parsed ?? inText
  const found = (parsed === null ? null : marketingName(parsed)) ??
    (inText === null || hints?.model != null ? null : marketingName(inText))
  if (found === null) return { deviceVendor: maker, deviceModel: written }
  return { deviceVendor: maker ?? found.vendor, deviceModel: productText(found.name) ?? written }
}

/** "Generic" is nobody. */
function vendorOf (vendor: string | undefined, system: string | null, kind: DeviceType | null): string | null {
  if (vendor === undefined) return kind === 'tv' && system === 'Tizen' ? 'Samsung' : null
  return /^(?:generic|unknown|android)/i.test(vendor)
    ? null
    : productText(vendor === 'Facebook' ? 'Meta' : capital(vendor))
}

/**
 * "K" is Chrome's stand-in for every Android model, "Macintosh" may be an iPad, and of a Fire TV only fragments are
 * left.
 */
function modelOf (vendor: string | undefined, model: string | undefined, kind: DeviceType | null): string | null {
  if (
    model === undefined || NO_MODEL.test(model) ||
    (kind === 'tv' && (vendor === 'Amazon' || vendor === 'Roku' || /^(?:webOSTV|tv)$/i.test(model)))
  ) return null
  return productText(model.replace(/^PLAYSTATION/, 'PlayStation'))
}

/** Stand-ins, and what parsers take for a model: a language ("en-US"), a version, a word of the engine. */
const NO_MODEL =
  /^(?:K|Macintosh|[a-z]{2}(?:[-_][a-z]{2,4})?|wv|U|Mobile|Tablet|TV|Android|Linux|Phone|Unknown|Generic.*|(?:Build|rv|Android|Windows|Version)\b.*)$/i

/** The model that stands before `Build/` or the end of the bracket, where the parser finds none. */
function androidModel (userAgent: string): string | null {
  const [, inside = ''] = /\((Linux;[^()]{1,200}(?:\([^()]{1,40}\)[^()]{0,100})?)\)/.exec(userAgent) ?? []
  const parts = inside.split(/; ?/).map((part) => part.replace(/ Build\/.*$/, '').trim())
  const model = parts.slice(parts.findIndex((part) => /^Android\b/.test(part)) + 1).find((part) =>
    part !== '' && !NO_MODEL.test(part) && !/^arm_?64$|^rv:/.test(part)
  )
  return productText(model)
}
