/** What a cleanup says of itself, underway and at its end. */

export interface CleanupReport {
  /** Sessions that were ended because they had been idle, or had expired. */
  ended: number
  /** Ended sessions that were deleted. */
  deleted: number
  /** Events that were deleted. */
  eventsDeleted: number
  /** Sessions, events, devices and notices whose old addresses were forgotten. */
  addressesForgotten: number
  /** False: not to the end, because another node was cleaning up or this one closes. */
  ran: boolean
}

export interface CleanupProgress {
  table: 'sessions' | 'events' | 'devices' | 'notices'
  /** Rows looked at so far. */
  looked: number
}
