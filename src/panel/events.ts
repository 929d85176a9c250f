/** What administrators see of a session: whose it is, and what happened to it. */
import type { SessionDetail } from '../protocol.ts'
import type { Context } from './context.ts'
import { describe } from './details.ts'
import { dotted, h } from './dom.ts'
import type { AdminTexts } from './texts/admin-en.ts'

export interface AdminDetail {
  session: SessionDetail & { userId: string }
  events: Array<{ at: string, type: string, reason: string | null, by: string | null, ipAddress: string | null }>
}

/** `labelOf`: what the app calls a user. */
export function describeWithEvents (
  { session, events }: AdminDetail,
  context: Context<AdminTexts>,
  labelOf: (userId: string) => string
): HTMLElement {
  const { say, words } = context
  const { userId } = session
  const name = labelOf(userId)
  // a newer server may say what has no words here
  const what = (type: string, reason: string | null): string => type === 'ended'
    ? say(reason as keyof AdminTexts) || say('ended')
    : say(`event_${type}` as keyof AdminTexts) || say('event_unknown')
  const shown = events.map(({ at, type, reason, by, ipAddress }) => h('li', {}, ...dotted([
    what(type, reason),
    by !== null && by !== userId && by !== 'system' && say('by', { name: labelOf(by) }),
    words.clock(at),
    ipAddress
  ])))
  return describe(
    session,
    context,
    [[say('user'), name === userId ? userId : `${name} (${userId})`]],
    [[say('events'), h('ul', { class: 'events', role: 'list', part: 'events' }, ...shown)]]
  )
}
