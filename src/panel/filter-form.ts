/** "Log out many at once": fields that become a filter. */
import { DEVICE_TYPES } from '../protocol.ts'
import { button, h } from './dom.ts'
import { labelled, select } from './fields.ts'
import type { AdminTexts } from './texts/admin-en.ts'
import type { Say } from './texts/texts.ts'

export type Filter = Record<string, string | true>
const REASONS = ['revoked_by_admin', 'password_changed', 'account_disabled', 'policy'] as const
const TIMES = ['createdBefore', 'inactiveSince'] as const

/** `count` is given what was filled in. */
export function createFilterForm (
  say: Say<AdminTexts>,
  count: (filter: Filter, reason: string) => Promise<unknown>
): Node[] {
  const text = (name: 'userId' | 'ip' | 'countryCode' | 'clientId' | typeof TIMES[number], more = {}): HTMLElement =>
    labelled(say(name), h('input', { name, part: 'field', autocomplete: 'off', ...more }))

  const everybody = h('input', { type: 'checkbox', name: 'all' })
  const form = h(
    'form',
    {
      class: 'filter',
      submit (event: Event) {
        event.preventDefault()
        submit.click()
      }
    },
    text('userId'),
    text('ip'),
    text('countryCode', { maxlength: '2', pattern: '[A-Za-z]{2}' }),
    labelled(
      say('deviceType'),
      select(say, 'deviceType', [['', 'any'], ...DEVICE_TYPES.map((type): [string, typeof type] => [type, type])])
    ),
    text('clientId'),
    text('createdBefore', { type: 'datetime-local' }),
    text('inactiveSince', { type: 'datetime-local' }),
    labelled(say('reason'), select(say, 'reason', REASONS.map((reason) => [reason, reason]))),
    h('label', { class: 'check' }, everybody, say('everybody'))
  )

  const submit = button('danger', say('count'), async () => {
    everybody.setCustomValidity('')
    if (!form.reportValidity()) return
    const given = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== '')) as Record<
      string,
      string
    >
    const { reason = '', all, ...filter } = given
    for (const name of TIMES) if (filter[name]) filter[name] = new Date(filter[name]).toISOString()
    if (filter['countryCode']) filter['countryCode'] = filter['countryCode'].toUpperCase()
    if (all === undefined && Object.keys(filter).length === 0) {
      everybody.setCustomValidity(say('empty'))
      everybody.reportValidity()
      return
    }
    await count(all === undefined ? filter : { all: true }, reason)
  })
  form.append(h('div', { class: 'answers' }, submit))
  return [h('p', { class: 'muted' }, say('manyText')), form]
}
