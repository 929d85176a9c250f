/** The history of some tokens: when each was answered, and the last request of it that was sent and admitted. */
import { ask, type Device } from './device.ts'

export interface Life {
  token: string
  /** The login's answer had come. */
  from: number
  /** The last admitted request was sent then: the session was admitted all the time until here, for no session comes back. */
  until: number
}

export interface History {
  lives: Life[]
  /** Notes a login's answer. */
  answered: (device: Pick<Device, 'token'>) => Life
  /** Asks one node with every token that may be alive, all at once. */
  probe: (address: string) => Promise<void>
}

export function createHistory (): History {
  const lives: Life[] = []
  /** By node: what it has refused, it is not asked again. */
  const refused = new Map<string, Set<Life>>()

  return {
    lives,
    answered ({ token }) {
      const now = performance.now()
      const life = { token, from: now, until: now }
      lives.push(life)
      return life
    },
    async probe (address) {
      const over = refused.get(address) ?? new Set()
      refused.set(address, over)
      await Promise.all(lives.filter((life) => !over.has(life)).map(async (life) => {
        const sent = performance.now()
        const { status } = await ask(address, 'GET', '/api/sessions/current', { token: life.token })
        if (status === 200) life.until = Math.max(life.until, sent)
        else if (status === 401) over.add(life)
        else throw new Error(`a probe was answered ${status}`)
      }))
    }
  }
}

/** The largest number of tokens that were answered, and admitted, at one moment. A life of no length was never asked. */
export function mostAtOnce (lives: readonly Life[]): number {
  const steps = lives.filter(({ from, until }) => until > from)
    .flatMap(({ from, until }) => [{ at: from, by: 1 }, { at: until, by: -1 }])
    .sort((a, b) => a.at - b.at || a.by - b.by)
  let now = 0
  let most = 0
  for (const { by } of steps) most = Math.max(most, now += by)
  return most
}
