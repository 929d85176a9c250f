/** A row of the administrators' panel: anybody's session, which may be looked at and ended. */
import type { Session } from '../protocol.ts'
import type { Context } from './context.ts'
import { button } from './dom.ts'
import type { AdminDetail } from './events.ts'
import { createRow, type Row } from './row.ts'
import { detailsAction, endAction } from './row-actions.ts'
import type { AdminTexts } from './texts/admin-en.ts'

export type AdminSession = Session & { userId: string }

interface AdminRowOptions {
  opened: () => Promise<typeof import('./opened-admin.ts')>
  /** What the app calls a user. */
  labelOf: (userId: string) => string
  ended: (row: Row) => void
  /** All sessions of a user. */
  endAllOf: (userId: string) => unknown
}

export function createAdminRow (
  context: Context<AdminTexts>,
  session: AdminSession,
  { opened, labelOf, ended, endAllOf }: AdminRowOptions
): Row<AdminSession> {
  const path = `/admin/sessions/${session.id}`
  const { userId } = session
  const { say, server } = context
  const details = detailsAction(context, () => row, async () => {
    const { describeWithEvents } = await opened()
    return [
      describeWithEvents(await server<AdminDetail>('GET', path), context, labelOf),
      button('danger', say('ofUser', { name: labelOf(userId) }), () => endAllOf(userId))
    ]
  })
  const out = endAction(context, () => row, path, () => { ended(row) })
  const row: Row<AdminSession> = createRow(context, {
    session,
    owner: () => labelOf(userId),
    actions: session.status === 'active' ? [details, out] : [details]
  })
  return row
}
