/** A list of sessions: its rows keep their places while they are seen, whatever comes and goes. */
import type { Session } from '../protocol.ts'
import { h } from './dom.ts'
import { telltales } from './names.ts'
import type { Row } from './row.ts'
import type { Words } from './words.ts'

export type Rows<S extends Session = Session> = ReturnType<typeof createRows<S>>

export function createRows<S extends Session> (words: Words) {
  const rows = new Map<string, Row<S>>()
  const element = h('ul', { part: 'list', role: 'list' })
  return {
    element,
    get: (id: string): Row<S> | undefined => rows.get(id),
    all: (): Array<Row<S>> => [...rows.values()],
    /** At the end. */
    add (row: Row<S>): Row<S> {
      rows.set(row.session.id, row)
      element.append(row.element)
      return row
    },
    remove ({ session, element }: Row<S>): void {
      rows.delete(session.id)
      element.remove()
    },
    clear (): void {
      rows.clear()
      element.replaceChildren()
    },
    /** What the sessions are now, how long ago, and what tells them apart. */
    update (): void {
      const added = telltales([...rows.values()].map(({ session }) => session), words)
      for (const [id, row] of rows) row.update(added.get(id) ?? '')
    }
  }
}
