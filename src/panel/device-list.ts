/** The panel's list: a new device comes last, an ended one stays and says so; it is put in order while nobody looks. */
import type { Session } from '../protocol.ts'
import type { Context } from './context.ts'
import { createDeviceRow } from './device-row.ts'
import { createRows } from './rows.ts'
import type { PanelTexts } from './texts/panel-en.ts'

interface DeviceListOptions {
  opened: () => Promise<typeof import('./opened-panel.ts')>
  /** One was ended here. */
  ended: () => unknown
  announce: (text: string) => void
}

export function createDeviceList (context: Context<PanelTexts>, { opened, ended, announce }: DeviceListOptions) {
  const { say, words } = context
  const rows = createRows<Session>(words)
  let order: string[] | undefined

  /** As the server has them, and without those that have ended; only what has the focus never vanishes. */
  function tidy (): void {
    for (const row of rows.all()) if (row.over && !row.element.matches(':focus-within')) rows.remove(row)
    order?.forEach((id, index) => {
      const [element, there] = [rows.get(id)?.element, rows.element.children[index]]
      if (element !== undefined && element !== there) rows.element.insertBefore(element, there ?? null)
    })
  }

  return {
    element: rows.element,
    update: rows.update,
    /** How many are alive beside this one. */
    countOthers: (): number => rows.all().filter(({ over, session }) => !over && !session.isCurrent).length,
    /** @param sessions all that are alive, in the order in which they should be */
    show (sessions: Session[]): void {
      const known = order !== undefined
      order = sessions.map(({ id }) => id)
      for (const row of rows.all()) {
        if (row.over || order.includes(row.session.id)) continue
        row.end()
        announce(say('endedName', { name: row.label }))
      }
      const added = []
      for (const session of sessions) {
        const row = rows.get(session.id)
        if (row !== undefined) row.session = session
        else {
          const fresh = known ? say('fresh') : ''
          added.push(rows.add(createDeviceRow(context, session, { fresh, opened, renamed: rows.update, ended })))
        }
      }
      rows.update()
      if (known) for (const { label } of added) announce(say('freshName', { name: label }))
      if (document.hidden) tidy()
    },
    /** For when nobody looks: what is there has been seen. */
    tidy (): void {
      for (const row of rows.all()) row.fresh = ''
      rows.update()
      tidy()
    }
  }
}
