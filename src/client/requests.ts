/** The app's own requests: an answer that says "this session has ended" is as good as a push. */
import type { ErrorBody } from '../protocol.ts'
import type { OnEnd } from './answer.ts'
import { originOf } from './origin.ts'
import type { Settings } from './settings.ts'

type Fetch = typeof globalThis.fetch

export interface Requests {
  fetch: Fetch
  /** Requests under way that may be what ended the session: leaving the page would abort them. */
  pending: ReadonlySet<Promise<unknown>>
}

/** Another server's answer says nothing of this session, whatever its code. */
export function watchRequests (
  { fetch, currentUrl }: Pick<Settings, 'fetch' | 'currentUrl'>,
  onEnd: OnEnd
): Requests {
  const pending = new Set<Promise<unknown>>()
  return {
    pending,
    async fetch (input, init) {
      const answer = fetch(input, init)
      const method = init?.method ?? (input as Partial<Request>).method ?? 'GET'
      if (!/^(get|head)$/i.test(method)) {
        const forget = (): void => { pending.delete(answer) }
        pending.add(answer)
        answer.then(forget, forget)
      }
      const response = await answer
      const url = response.url || ((input as Partial<Request>).url ?? String(input))
      // a copy is read, and nobody waits for it
      if (response.status === 401 && originOf(url) === originOf(currentUrl)) void look(response.clone())
      return response
    }
  }

  async function look (response: Response): Promise<void> {
    const body = (await response.json().catch(() => null) ?? {}) as Partial<ErrorBody>
    if (/^SESSION_(REVOKED|EXPIRED)$/.test(body.code as string)) onEnd('request', body)
  }
}
