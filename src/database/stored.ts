/** Our own failure is 503, never anything else: what the database throws becomes SESSION_STORE_UNAVAILABLE. */
import { StoreUnavailable } from '../errors.ts'

export type Stored = <T>(work: () => Promise<T>) => Promise<T>

/** Errors with a status of their own pass; all others are reported and answered with 503. */
export function createStored (onError: (error: unknown) => void): Stored {
  return async (work) => {
    try {
      return await work()
    } catch (error) {
      if (error instanceof Error && 'statusCode' in error) throw error
      onError(error)
      throw Object.assign(new StoreUnavailable(), { cause: error })
    }
  }
}
