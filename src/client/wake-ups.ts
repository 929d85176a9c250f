/**
 * When the way to the server may be free again: the network is back, the page is shown, or comes out of the
 * back/forward cache.
 */
import type { WakeUps } from './api.ts'
import { platform, type Platform } from './platform.ts'

/** Listens where there is something to listen to; elsewhere (Node) it does nothing. */
export function platformWakeUps (scope: Platform = platform): WakeUps {
  return (hurry) => {
    const { document } = scope
    const onVisible = (): void => { if (document?.visibilityState === 'visible') hurry() }
    scope.addEventListener?.('online', hurry)
    scope.addEventListener?.('pageshow', hurry)
    document?.addEventListener?.('visibilitychange', onVisible)
    return () => {
      scope.removeEventListener?.('online', hurry)
      scope.removeEventListener?.('pageshow', hurry)
      document?.removeEventListener?.('visibilitychange', onVisible)
    }
  }
}
