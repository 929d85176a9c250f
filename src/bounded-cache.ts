/** A cache of so many entries at most, which takes room as it fills: the least recently used ones go first. */
import { LRUCache } from 'lru-cache'

export interface BoundedCacheOptions {
  /** How long an entry holds, in ms. */
  ttl?: number
  ttlResolution?: number
  noUpdateTTL?: boolean
  perf?: { now: () => number }
}

/** Bounded by size, one for each: the library's `max` takes the memory for all of them at once, in every app. */
export function createBoundedCache<Value extends NonNullable<unknown>> (
  count: number,
  options: BoundedCacheOptions = {}
): LRUCache<string, Value> {
  return new LRUCache<string, Value>({ maxSize: count, sizeCalculation: () => 1, ...options })
}
