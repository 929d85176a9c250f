/** Equal names are told apart by when they signed in: "Chrome on Windows · signed in 9:41". */
import type { Session } from '../protocol.ts'
import type { Words } from './words.ts'

/** In a list of everybody's, one user's names are compared with each other. */
type Named = Pick<Session, 'id' | 'deviceName' | 'createdAt'> & { userId?: string }

/** By id, what to add to a name: the minute, where that is not enough the second, then a number. Others are missing. */
export function telltales (all: Iterable<Named>, { clock }: Words): Map<string, string> {
  const added = new Map<string, string>()
  const grains = [
    () => '',
    ({ createdAt }: Named) => clock(createdAt),
    ({ createdAt }: Named) => clock(createdAt, 'medium')
  ]
  let equal = [[...all]]
  for (const addition of grains) {
    equal = equal.flatMap((namesakes) => alike(namesakes, (session) => {
      added.set(session.id, addition(session))
      return [session.userId, session.deviceName, added.get(session.id)].join('\n')
    }))
  }
  for (const namesakes of equal) {
    namesakes.map(({ id }) => id).sort().forEach((id, index) => { added.set(id, `${added.get(id)} (${index + 1})`) })
  }
  return added
}

/** Those that share their key with another, together. */
function alike (sessions: Named[], keyOf: (session: Named) => string): Named[][] {
  const groups = new Map<string, Named[]>()
  for (const session of sessions) {
    const key = keyOf(session)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [session])
    else group.push(session)
  }
  return [...groups.values()].filter(({ length }) => length > 1)
}
