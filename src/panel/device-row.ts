/** A row of the panel: one of the person's own devices, which may be looked at, renamed and logged out. */
import type { Session, SessionDetail } from '../protocol.ts'
import type { Context } from './context.ts'
import { button } from './dom.ts'
import { icon } from './icons.ts'
import { createRow, type Row } from './row.ts'
import { detailsAction, endAction } from './row-actions.ts'
import type { PanelTexts } from './texts/panel-en.ts'

interface DeviceRowOptions {
  /** What is said of one that has just come. */
  fresh: string
  opened: () => Promise<typeof import('./opened-panel.ts')>
  renamed: () => void
  ended: () => unknown
}

export function createDeviceRow (
  context: Context<PanelTexts>,
  session: Session,
  { fresh, opened, renamed, ended }: DeviceRowOptions
): Row {
  const path = `/sessions/${session.id}`
  const { say, server, attempt } = context
  const rename = button('icon', icon('pencil'), () => attempt(async () => {
    const { editName } = await opened()
    editName(row, say, (deviceName, leave) => attempt(async () => {
      row.session = await server('PATCH', path, { deviceName })
      renamed()
      leave()
    }))
  }))
  const details = detailsAction(context, () => row, async () => {
    const { describe } = await opened()
    return [describe(await server<SessionDetail>('GET', path), context)]
  })
  const row: Row = createRow(context, {
    session,
    fresh,
    actions: [
      details,
      { element: rename, name: (values) => say('renameName', values) },
      ...session.isCurrent ? [] : [endAction(context, () => row, path, ended)]
    ]
  })
  return row
}
