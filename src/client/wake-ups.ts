/**
 * When the way to the server may be free again: the network is back, the page is shown, or comes out of the
 * back/forward cache.
 */
import type { WakeUps } from './api.ts'
import { listen } from './listen.ts'
import { platform, type Platform } from './platform.ts'

/** Listens where there is something to listen to; elsewhere (Node) it does nothing. */
export function platformWakeUps (scope: Platform = platform): WakeUps {
  return (hurry) => {
    const listening = new AbortController()
    listen(scope, listening, { online: hurry, pageshow: hurry })
    listen(scope.document, listening, {
      visibilitychange () { if (scope.document?.visibilityState === 'visible') hurry() }
    })
    return () => { listening.abort() }
  }
}
