/** Where addresses are, from one or several .mmdb files that are read into memory: no login waits for it. */
import { networkOf } from '../address.ts'
import type { Clock, Timer } from '../clock.ts'
import { StartProblem } from '../errors.ts'
import type { ResolvedGeoip } from '../options/geoip.ts'
import { openPlacesFile, type PlacesFile } from './places-file.ts'
import { mergePlaces, NOWHERE, readRecord, withPrecision, type Place } from './places-record.ts'

export interface Places {
  /** Never throws; nothing where nothing is known. */
  of: (ip: string | null) => Place
  /** Looks at once whether the files have changed. */
  refresh: () => Promise<void>
  close: () => void
}

export interface PlacesOptions {
  geoip: ResolvedGeoip | null
  clock: Pick<Clock, 'setTimer'>
  onWarning: (message: string, error: unknown) => void
}

/** Without files there are no places. */
const NO_PLACES: Places = { of: () => NOWHERE, refresh: async () => {}, close: () => {} }

/** Rejects with `SESSION_GEOIP_UNREADABLE` when a file is missing or broken. */
export async function openPlaces ({ geoip, clock, onWarning }: PlacesOptions): Promise<Places> {
  if (geoip === null) return NO_PLACES
  const { precision, checkEveryMs } = geoip
  const files = await Promise.all(geoip.files.map((path) => openAtStart(path, onWarning)))
  let timer: Timer
  let closed = false

  async function refresh (): Promise<void> {
    for (const file of files) await file.refresh()
  }

  function later (): void {
    if (closed) return
    timer = clock.setTimer(() => { void refresh().then(later) }, checkEveryMs)
  }
  later()

  return {
    of (ip) {
      if (ip === null) return NOWHERE
      // A gateway's address of IPv6 holds the one of IPv4 that is meant.
      const network = networkOf(ip)
      const place = mergePlaces(files.map((file) => readRecord(file.get(network.includes(':') ? ip : network))))
      return { ...place, location: withPrecision(place.location, precision) }
    },
    refresh,
    close () {
      closed = true
      timer.cancel()
    }
  }
}

async function openAtStart (path: string, onWarning: PlacesOptions['onWarning']): Promise<PlacesFile> {
  try {
    return await openPlacesFile({ path, onWarning })
  } catch (error) {
    const missing = (error as { code?: unknown }).code === 'ENOENT'
    throw new StartProblem('SESSION_GEOIP_UNREADABLE', {
      option: 'option "geoip"',
      what: missing
        ? `there is no file ${path}`
        : `${path} is no .mmdb file that can be read (${error instanceof Error ? error.message : String(error)})`,
      remedy: 'give the path of a MaxMind DB file (.mmdb, unpacked), or leave the option out'
    }, { cause: error })
  }
}
