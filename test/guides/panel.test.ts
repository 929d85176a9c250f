/** The guide on the ready-made pages: its examples do what they say. */
import { join } from 'node:path'
import t from 'tap'
import { writeExample } from './examples.ts'

t.test('users get their names from the app, and are found by them', async (t) => {
  const { nameUsers } = await import(join(writeExample(t, 'panel', 'people'), 'people.js')) as { nameUsers: (admin: object) => void }
  const admin = {} as { describeUser: (ids: string[]) => Promise<unknown>, findUser: (text: string) => Promise<string | null> }
  nameUsers(admin)
  const asked: string[] = []
  t.intercept(globalThis, 'fetch', {
    value: async (url: string) => {
      asked.push(url)
      return Response.json(url.includes('email') ? { id: 'user-1' } : { 'user-1': 'ada@example.com' })
    }
  })
  t.same(await admin.describeUser(['user-1', 'a/b']), { 'user-1': 'ada@example.com' })
  t.equal(await admin.findUser('ada@example.com'), 'user-1')
  t.equal(await admin.findUser('iPhone'), null)
  t.same(asked, ['/users?ids=user-1,a%2Fb', '/users?email=ada%40example.com'])
})

t.test('a page of one\'s own says why a session ended', async (t) => {
  const { loggedOutText } = await import(join(writeExample(t, 'panel', 'logged-out'), 'text.js')) as { loggedOutText: (event: object, lang: string) => string }
  t.match(loggedOutText({ reason: 'revoked_by_user', by: { deviceName: 'Kitchen' } }, 'en'), /^You were logged out from another device\n[^]*\nIt was done on “Kitchen”\.\nIf that was not you/)
  t.match(loggedOutText({ reason: 'expired' }, 'de'), 'Ihre Sitzung ist abgelaufen')
})
