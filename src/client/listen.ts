/** Listening to several events at once, where there is something to listen to. */
import type { Listenable } from './platform.ts'

/** Gives the function that stops it. */
export function listen (target: Listenable | undefined, listeners: Record<string, () => void>): () => void {
  const forEach = (method: 'addEventListener' | 'removeEventListener'): void => {
    for (const [type, listener] of Object.entries(listeners)) target?.[method]?.(type, listener)
  }
  forEach('addEventListener')
  return () => { forEach('removeEventListener') }
}
