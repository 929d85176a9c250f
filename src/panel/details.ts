/** All that is known of a session, as terms and facts. */
import type { Session, SessionDetail } from '../protocol.ts'
import { h } from './dom.ts'
import type { RowContext } from './row.ts'

export type Fact = [term: string, fact: string | Node]

/** Empty facts are left out. */
export function describe (
  session: SessionDetail,
  { say, words }: RowContext,
  before: Fact[] = [],
  after: Fact[] = []
): HTMLElement {
  const named = (thing: Session['browser']): string => [thing?.name, thing?.version].filter(Boolean).join(' ')
  const facts: Fact[] = [
    ...before,
    [say('browser'), named(session.browser)],
    [say('system'), named(session.os)],
    [say('model'), [session.deviceVendor, session.deviceModel].filter(Boolean).join(' ')],
    [say('app'), session.clientId ?? ''],
    [say('signedIn'), words.clock(session.createdAt)],
    [say('expires'), words.clock(session.expiresAt)],
    [say('addresses'), session.addresses.map(({ ip, at }) => `${ip} (${words.clock(at)})`).join(', ')],
    ...after
  ]
  return h(
    'dl',
    {},
    ...facts.flatMap(([term, fact]) => fact === '' ? [] : [h('dt', {}, term), h('dd', {}, h('bdi', {}, fact))])
  )
}
