/** Ends all sessions that match a filter: they are counted first, and the count is what is asked about. */
import type { Context } from './context.ts'
import type { Filter } from './filter-form.ts'
import type { AdminTexts } from './texts/admin-en.ts'

const PATH = '/admin/sessions/revoke'

interface Report { count: number }

/** `tell` shows how many it were; `ended` brings the list up to date. What is repeated is counted and asked again. */
export async function endMany (
  { say, server, attempt, ask }: Context<AdminTexts>,
  { filter, reason }: { filter: Filter, reason: string },
  { tell, ended }: { tell: (text: string) => void, ended: () => Promise<void> }
): Promise<void> {
  await attempt(async () => {
    const { count } = await server<Report>('POST', PATH, { filter, dryRun: true })
    if (count === 0) return tell(say('nothing'))
    const sure = await ask({
      title: say('askMany', { count: String(count) }),
      text: say('all' in filter ? 'askEverybody' : 'askManyText'),
      ok: say('logOut')
    })
    if (!sure) return
    const report = await server<Report>('POST', PATH, { filter, reason })
    await ended()
    tell(say('done', { count: String(report.count) }))
  })
}
