/** Fields with labels. */
import { h } from './dom.ts'
import type { Say } from './texts/texts.ts'

export function labelled (label: string, field: HTMLElement): HTMLLabelElement {
  return h('label', {}, h('span', {}, label), field)
}

export function select<Key extends string> (
  say: Say<Record<Key, string>>,
  name: string,
  values: Array<[value: string, text: Key]>
): HTMLSelectElement {
  return h('select', { name, part: 'field' }, ...values.map(([value, text]) => h('option', { value }, say(text))))
}
