/** How long a lease can last at most, seen from another node whose clock runs at another rate. */

/** How far a monotonic clock's rate may be off. */
export const CLOCK_RATE_ERROR = 0.1
const MARGIN_MS = 50

/** T′: after this long by my clock, a lease of `leaseMs` that was taken before is over by its holder's clock. In ms. */
export function graceOf (leaseMs: number): number {
  return leaseMs * (1 + CLOCK_RATE_ERROR) / (1 - CLOCK_RATE_ERROR) + MARGIN_MS
}
