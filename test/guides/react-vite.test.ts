/** The guides on React: Vite's own proxy carries the socket, or the client says what is wrong with it. */
import { writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createServer, type ProxyOptions } from 'vite'
import { WebSocket } from 'ws'
import { openPage, startBrowser } from '../helpers/browser.ts'
import { connectClient, Queue } from '../helpers/client-harness.ts'
import { buildApp, PASSWORD } from '../helpers/app.ts'
import { logIn } from '../helpers/device.ts'
import type { Problem } from '../../src/client/api.ts'
import { readExamples, writeExample } from './examples.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Vite's dev server with the guide's configuration over this app; `proxy` over the guide's. */
async function startVite (t: Test, folder: string, api: string, proxy: ProxyOptions = {}): Promise<string> {
  process.env['API_URL'] = api
  t.teardown(() => { delete process.env['API_URL'] })
  const vite = await createServer({
    root: folder,
    configFile: join(folder, 'vite.config.js'),
    cacheDir: join(folder, '.vite'),
    logLevel: 'silent',
    // The package is this one, which Vite does not find by its own name.
    resolve: {
      alias: {
        'fastify-live-sessions/client': join(ROOT, 'dist/src/client/index.js'),
        'fastify-live-sessions/react': join(ROOT, 'dist/src/react/index.js')
      }
    },
    server: {
      host: '127.0.0.1',
      port: 0,
      watch: null,
      fs: { strict: false },
      ...Object.keys(proxy).length > 0 && { proxy: { '/api': { target: api, ...proxy } } }
    }
  })
  t.teardown(async () => { await vite.close() })
  await vite.listen()
  return `http://127.0.0.1:${(vite.httpServer?.address() as AddressInfo).port}`
}

/** A page's client: its origin is the dev server's. */
function connectFrom (t: Test, page: string, token: string) {
  const scope = globalThis as { location?: { origin: string } }
  scope.location = { origin: page }
  t.teardown(() => { delete scope.location })
  const problems = new Queue<Problem>()
  class Browser extends WebSocket {
    constructor (url: string, protocols: string[]) { super(url, protocols, { origin: page }) }
  }
  return { ...connectClient(t, page, { token, WebSocket: Browser, onProblem: (problem) => { problems.push(problem) } }), problems }
}

t.test('through the guide’s proxy the socket opens', async (t) => {
  const { address } = await buildApp(t)
  const { token, ask } = await logIn(address)
  const client = connectFrom(t, await startVite(t, writeExample(t, 'react-vite', 'devices'), address), token)
  await client.reached('open')
  await ask('POST', '/api/auth/logout')
  t.match(await client.logouts.next(), { reason: 'logout', via: 'push' })
})

t.test('with changeOrigin the client says 403 and what to look at, unless the page’s origin is allowed', async (t) => {
  const proxy = { ws: true, changeOrigin: true }
  const { address, database } = await buildApp(t)
  const { token } = await logIn(address)
  const folder = writeExample(t, 'react-vite', 'devices')
  const warned = t.capture(console, 'warn')
  const page = await startVite(t, folder, address, proxy)
  const client = connectFrom(t, page, token)
  t.match(await client.problems.next(), { status: 403, code: 'SESSION_ORIGIN_FORBIDDEN', message: /proxy in between changes Host/ })
  t.equal(client.live.state, 'waiting')
  t.match(warned().map(({ args }) => args[0]), [/403 SESSION_ORIGIN_FORBIDDEN/])
  client.live.close()

  const allowing = await buildApp(t, { database, options: { allowedOrigins: [page] } })
  const other = await startVite(t, folder, allowing.address, proxy)
  const allowed = connectFrom(t, other, token)
  class FromPage extends WebSocket { constructor (url: string, protocols: string[]) { super(url, protocols, { origin: page }) } }
  const viaOther = connectClient(t, other, { token, WebSocket: FromPage })
  await viaOther.reached('open')
  t.match(await allowed.problems.next(), { status: 403 }, 'its own origin is another one')
})

const PAGES = {
  'with a hook of the app\'s own': (t: Test) => writeExample(t, 'react-vite', 'devices'),
  'with the package\'s hooks' (t: Test) {
    const folder = writeExample(t, 'react', 'devices')
    const config = readExamples().find(({ guide, path }) => guide === 'react-vite' && path.startsWith('vite.config.'))
    writeFileSync(join(folder, 'vite.config.js'), config?.text ?? '')
    return folder
  }
}
for (const [how, write] of Object.entries(PAGES)) {
  t.test(`in a browser, React shows the devices and logs one out, ${how}`, async (t) => {
    const browser = await startBrowser(t)
    if (browser === null) return
    const { address } = await buildApp(t)
    const folder = write(t)
    writeFileSync(join(folder, 'index.html'), '<!doctype html><html lang="en"><link rel="icon" href="data:,"><div id="root"></div><script type="module" src="/main.js"></script>')
    writeFileSync(join(folder, 'main.js'), `
      import { createElement, StrictMode } from 'react'
      import { createRoot } from 'react-dom/client'
      import { Devices } from './devices.js'
      if (location.pathname === '/') createRoot(document.getElementById('root')).render(createElement(StrictMode, null, createElement(Devices)))
    `)
    const page = await openPage(t, browser, `${await startVite(t, folder, address)}/login`)
    await page.evaluate(async (body) => {
      await fetch('/api/auth/login', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    }, JSON.stringify({ email: 'user@example.com', password: PASSWORD, transport: 'cookie' }))
    const phone = await logIn(address)
    await page.goto(new URL('/', page.url()).href)
    await page.getByText('Live', { exact: true }).waitFor()
    await page.getByRole('button', { name: /^Log out (?!all)/ }).click()
    await page.getByRole('button', { name: /^Log out (?!all)/ }).waitFor({ state: 'detached' })
    t.equal((await phone.ask('GET', '/api/sessions/current')).status, 401)
  })
}
