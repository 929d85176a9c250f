/** Equal names are told apart by when they signed in: "Chrome on Windows · signed in 9:41". */
import type { Session } from '../protocol.ts'
import type { Words } from './words.ts'

type Named = Pick<Session, 'id' | 'deviceName' | 'createdAt'>

/** What to add to this session's name among `all`; '' where the name says enough. */
export function telltale (session: Named, all: Iterable<Named>, { clock }: Words): string {
  const twins = [...all].filter(({ deviceName }) => deviceName === session.deviceName)
  if (twins.length < 2) return ''
  const at = clock(session.createdAt)
  if (twins.filter(({ createdAt }) => clock(createdAt) === at).length < 2) return at
  const exactly = clock(session.createdAt, 'medium')
  const same = twins.filter(({ createdAt }) => clock(createdAt, 'medium') === exactly)
  return same.length < 2 ? exactly : `${exactly} (${same.map(({ id }) => id).sort().indexOf(session.id) + 1})`
}
