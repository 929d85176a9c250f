/** What a check of the doctor finds: well, a problem with its remedy, or a note that is neither. */

export interface Check {
  name: string
  state: 'ok' | 'problem' | 'note'
  message: string
  remedy?: string
}

const SIGNS = { ok: '✓', problem: '✗', note: '–' } as const

export const ok = (name: string, message: string): Check => ({ name, state: 'ok', message })
export const note = (name: string, message: string): Check => ({ name, state: 'note', message })
export const problem = (name: string, message: string, remedy: string | null): Check =>
  ({ name, state: 'problem', message, ...(remedy === null ? {} : { remedy }) })

export function inWords ({ state, message, remedy }: Check): string {
  return `${SIGNS[state]} ${message}${remedy === undefined ? '' : `\n  → ${remedy}`}`
}
