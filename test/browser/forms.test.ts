/** A page without JavaScript: its form logs out, whatever type the browser gives a form's body. */
import { test } from 'tap'
import { buildApp } from '../helpers/app.ts'
import { startBrowser } from '../helpers/browser.ts'
import { askFrom, CURRENT, LOGIN } from '../helpers/browser-requests.ts'

const FORMS = ['', 'enctype="multipart/form-data"', 'enctype="text/plain"']
const FIELDS = ['', '<input name="csrf" value="1">']

test('a form logs out: empty or with fields, of each type that forms have; and a DELETE says any type it likes', async (t) => {
  const browser = await startBrowser(t)
  if (browser === null) return
  const { address, app } = await buildApp(t, {
    after (app) {
      app.get('/', async (request, reply) => {
        const { form, field } = request.query as { form?: string, field?: string }
        return reply.type('text/html').send(`<!doctype html><title>app</title><form method="post" action="/api/auth/logout" ${FORMS[Number(form)] ?? ''}>${FIELDS[Number(field)] ?? ''}<button>Log out</button></form>`)
      })
    }
  })
  const page = await (await browser.newContext()).newPage()
  for (const form of FORMS.keys()) {
    for (const field of FIELDS.keys()) {
      await page.goto(`${address}/?form=${form}&field=${field}`)
      t.same(await askFrom(page, [LOGIN, CURRENT]), [200, 200])
      const [answer] = await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: 'Log out' }).click()])
      t.equal(answer?.status(), 200, `${FORMS[form]} ${FIELDS[field]}`)
      t.same(await askFrom(page, [CURRENT]), [401])
    }
  }
  await page.goto(address)
  for (const type of ['application/octet-stream', 'application/x-www-form-urlencoded', 'application/json']) {
    t.same(await askFrom(page, [LOGIN]), [200])
    t.equal(await page.evaluate(async (type) => (await fetch('/api/sessions', { method: 'DELETE', headers: { 'content-type': type } })).status, type), 200, type)
  }
  t.same(await app.sessions.list('user@example.com'), [])
})
