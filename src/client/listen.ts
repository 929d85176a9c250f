/** Listening to several events at once, where there is something to listen to. */
import type { Listenable } from './platform.ts'

/** Until `listening` is aborted. */
export function listen (
  target: Listenable | undefined,
  listening: AbortController,
  listeners: Record<string, () => void>
): void {
  for (const [type, listener] of Object.entries(listeners)) target?.addEventListener?.(type, listener, listening)
}
