/** `npm run screenshots`: the demo's page as the README shows it, desktop and phone, light and dark; written to docs/screenshot*.png. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { chromium } from 'playwright-core'

const PASSWORD = 'correct horse battery staple'
const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1',
  'curl/8.5.0'
]
/** What the picture's own browser says it is. */
const OWN = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

const demo = spawn(process.execPath, ['dist/src/demo/server.js'], {
  env: { PATH: process.env.PATH, PORT: '0', LOG_LEVEL: 'warn', DATA_DIR: 'memory://' }, stdio: ['ignore', 'pipe', 'inherit']
})
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
try {
  const address = await readAddress()
  await page(address, 'admin@example.com', { name: 'screenshot-admin', width: 900, colorScheme: 'light', devices: 0 })
  await page(address, 'user@example.com', { name: 'screenshot', width: 900, colorScheme: 'light', devices: AGENTS.length })
  await page(address, 'user@example.com', { name: 'screenshot-phone', width: 375, colorScheme: 'dark', devices: 0 })
} finally {
  await browser.close()
  demo.kill()
}

async function readAddress () {
  for await (const line of createInterface({ input: demo.stdout })) {
    const message = line.startsWith('{') ? JSON.parse(line) : {}
    if (message.msg === 'ready') return message.address
  }
  throw new Error('The demo did not start.')
}

async function page (address, email, { name, width, colorScheme, devices }) {
  const context = await browser.newContext({ viewport: { width, height: 720 }, colorScheme, userAgent: OWN, deviceScaleFactor: 2 })
  const page = await context.newPage()
  for (const agent of AGENTS.slice(0, devices)) {
    await fetch(`${address}/api/auth/login`, {
      method: 'POST', headers: { 'content-type': 'application/json', 'user-agent': agent }, body: JSON.stringify({ email, password: PASSWORD })
    })
  }
  await page.goto(address)
  await page.getByRole('button', { name: email }).click()
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByText('Live', { exact: true }).waitFor()
  await page.locator('live-sessions-panel [part=session]').first().waitFor()
  if (name === 'screenshot-admin') await page.locator('live-sessions-admin [part=session]').first().waitFor()
  await page.screenshot({ path: `docs/${name}.png`, fullPage: true })
  await page.getByRole('button', { name: 'Log out', exact: true }).first().click()
  await page.getByRole('heading', { name: 'You are logged out' }).waitFor()
  if (name === 'screenshot-phone') await page.screenshot({ path: '/tmp/logged-out.png' })
  await context.close()
}
