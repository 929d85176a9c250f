/** Calls the app's callbacks so that what they throw is seen by the app's error reporting, and by nothing here. */
import { platform } from './platform.ts'

/** Makes `error` an uncaught one without unwinding the caller. */
export function report (error: unknown): void {
  if (platform.reportError) platform.reportError(error)
  else queueMicrotask(() => { throw error })
}

/** Calls `callback`, if there is one. Never throws. */
export function call<A extends unknown[]> (callback: ((...args: A) => void) | undefined, ...args: A): void {
  try {
    callback?.(...args)
  } catch (error) {
    report(error)
  }
}
