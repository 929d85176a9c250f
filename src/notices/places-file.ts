/**
 * One .mmdb file: read as a whole, and again when it has changed. What is broken later is said once, and the old one
 * stays in use.
 */
import { readFile, stat } from 'node:fs/promises'
import { isIPv6 } from 'node:net'
import type { Reader } from 'maxmind'

export interface PlacesFile {
  /** The record of this address; null where there is none. Never throws. */
  get: (ip: string) => unknown
  /** Reads the file again when it has changed. Never rejects. */
  refresh: () => Promise<void>
}

export interface PlacesFileOptions {
  path: string
  /** A file that was good and is not any more, or cannot be read for one address. */
  onWarning: (message: string, error: unknown) => void
}

type AnyReader = Reader<object>

/** Addresses that any database answers, if only with nothing: a file that ends too early does not. */
const PROBES = ['0.0.0.0', '127.0.0.1', '255.255.255.255', '::1', '2001:4860:4860::8888', 'ffff::']

/** Rejects when there is no such file, or it is none of its kind. */
export async function openPlacesFile ({ path, onWarning }: PlacesFileOptions): Promise<PlacesFile> {
  let { reader, mark } = await read(path)
  /** The state of the file that was complained about. */
  let refused: string | null = null
  let failed = false

  return {
    get (ip) {
      try {
        return lookUp(reader, ip)
      } catch (error) {
        if (!failed) onWarning(`the geoip file ${path} can not be read for some addresses; they have no place`, error)
        failed = true
        return null
      }
    },

    async refresh () {
      let now = 'missing'
      try {
        now = await markOf(path)
        if (now === mark || now === refused) return
        const fresh = await read(path)
        reader = fresh.reader
        mark = fresh.mark
        refused = null
        failed = false
      } catch (error) {
        if (now !== refused) {
          onWarning(
            `the geoip file ${path} has changed and can not be read any more; the one that was read before stays in use`,
            error
          )
        }
        refused = now
      }
    }
  }
}

async function read (path: string): Promise<{ reader: AnyReader, mark: string }> {
  // Before the content: a change in between is noticed with the next look.
  const mark = await markOf(path)
  const content = await readFile(path)
  // Only apps with places pay for it.
  const { Reader } = await import('maxmind')
  const reader = new Reader<object>(content)
  if (![4, 6].includes(reader.metadata.ipVersion) || !(reader.metadata.nodeCount > 0)) {
    throw new Error('it has no search tree')
  }
  if (reader.metadata.searchTreeSize >= content.length) throw new Error('it ends too early')
  for (const probe of PROBES) lookUp(reader, probe)
  return { reader, mark }
}

/** In a tree of IPv4 addresses, the first bits of an IPv6 address would find somebody else's place. */
function lookUp (reader: AnyReader, ip: string): object | null {
  return reader.metadata.ipVersion === 4 && isIPv6(ip) ? null : reader.get(ip)
}

async function markOf (path: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(path)
  return `${mtimeMs} ${size} ${ino}`
}
