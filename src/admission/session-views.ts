/** `request.session`: the frozen view of a record that the app is shown. */
import { presentSession } from '../session-row.ts'
import type { SessionRecord } from './session-record.ts'
import { kAbsoluteEnd, type SessionView } from './session-view.ts'

/** A view takes nearly half of what its record does, so only the sessions in use keep theirs. */
const MAX_KEPT = 5_000

/** Gives the view of a record: made when it is first read, the same as long as it is kept. */
export function createSessionViews (idleTimeoutMs: number): (record: SessionRecord) => SessionView {
  const kept: SessionRecord[] = []
  let oldest = 0

  function keep (record: SessionRecord): void {
    const gone = kept[oldest]
    if (gone !== undefined) gone.view = null
    kept[oldest] = record
    oldest = (oldest + 1) % MAX_KEPT
  }

  return (record) => {
    if (record.view !== null) return record.view
    // Object.assign, not a spread: V8 makes an object of 385 bytes so, and of 930 from the spread.
    const view = deepFreeze(Object.assign(presentSession(record.row, { currentId: record.id, idleTimeoutMs }), {
      userId: record.userId,
      claims: record.claims,
      [kAbsoluteEnd]: record.expiresAt
    }))
    record.view = view
    keep(record)
    return view
  }
}

function deepFreeze<T extends object> (value: T): T {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) deepFreeze(part)
  return Object.freeze(value)
}
