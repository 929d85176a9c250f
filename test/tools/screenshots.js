/**
 * `npm run screenshots`: the pictures of the documents, from a demo of their own. docs/screenshot*.png: desktop and phone,
 * light and dark, an administrator's. docs/live-logout.gif: one browser logs the other out.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { writeFileSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { animate } from './animation.js'

const PASSWORD = 'correct horse battery staple'
const USER = 'user@example.com'
const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0'
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1'
/** What the picture's own browser says it is. */
const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

const demo = spawn(process.execPath, ['dist/src/demo/server.js'], {
  env: { PATH: process.env.PATH, PORT: '0', LOG_LEVEL: 'warn', DATA_DIR: 'memory://' }, stdio: ['ignore', 'pipe', 'inherit']
})
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
try {
  const address = await readAddress()
  writeFileSync('docs/live-logout.gif', await liveLogout(address))
  for (const agent of [FIREFOX, IPHONE, IPHONE, 'curl/8.5.0']) await logIn(address, agent)
  await picture(address, USER, { name: 'screenshot', width: 900, colorScheme: 'light' })
  await picture(address, USER, { name: 'screenshot-phone', width: 375, colorScheme: 'dark' })
  await picture(address, 'admin@example.com', { name: 'screenshot-admin', width: 900, colorScheme: 'light' })
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

/** A device without a page. */
async function logIn (address, agent) {
  const { status } = await fetch(`${address}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': agent },
    body: JSON.stringify({ email: USER, password: PASSWORD })
  })
  if (status !== 200) throw new Error(`The login was answered ${status}.`)
}

/** A browser of its own that is signed in; its page is live. */
async function signIn (address, email, { userAgent = CHROME, ...options }) {
  const context = await browser.newContext({ userAgent, ...options })
  const page = await context.newPage()
  await page.goto(address)
  await page.getByRole('button', { name: email }).click()
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByText('Live', { exact: true }).waitFor()
  await page.locator('live-sessions-panel [part=session]').first().waitFor()
  return page
}

async function picture (address, email, { name, width, colorScheme }) {
  const page = await signIn(address, email, { viewport: { width, height: 720 }, colorScheme, deviceScaleFactor: 2 })
  if (name === 'screenshot-admin') await page.locator('live-sessions-admin [part=session]').nth(1).waitFor()
  await page.screenshot({ path: `docs/${name}.png`, fullPage: true })
  await logOut(page)
}

async function logOut (page) {
  await page.getByRole('banner').getByRole('button', { name: 'Log out' }).click()
  await page.getByRole('heading', { name: 'You are logged out' }).waitFor()
  await page.context().close()
}

/** Two browsers side by side: the left one ends the right one's session. */
async function liveLogout (address) {
  const options = { viewport: { width: 450, height: 520 }, colorScheme: 'light' }
  const right = await signIn(address, USER, { ...options, userAgent: FIREFOX })
  const left = await signIn(address, USER, options)
  // the new sign-in's question is another story
  await right.getByRole('button', { name: 'Yes, that was me' }).click()
  await right.getByText('You are signed in on 2 devices.').waitFor()

  const frames = []
  const frame = async (ms) => {
    frames.push({ ms, pictures: [await left.screenshot(), await right.screenshot()] })
  }
  const button = left.getByRole('button', { name: 'Log out Firefox on Windows' })
  await frame(1500)
  await pointAt(left, button)
  await frame(900)
  await button.click()
  const answer = left.getByRole('dialog').getByRole('button', { name: 'Log out' })
  await answer.waitFor()
  await frame(900)
  await pointAt(left, answer)
  await frame(700)
  await answer.click()
  await right.getByRole('heading', { name: 'You were logged out from another device' }).waitFor()
  await left.getByText('You are signed in here, and nowhere else.').waitFor()
  await pointAt(left, null)
  await frame(3500)
  await logOut(left)
  await right.context().close()
  return animate(frames, { gap: 12 })
}

/** Screenshots show no pointer: this is one. */
async function pointAt (page, locator) {
  const box = await locator?.boundingBox()
  await locator?.hover()
  await page.evaluate((point) => {
    document.getElementById('pointer')?.remove()
    if (point === null) return
    const pointer = document.createElement('canvas')
    Object.assign(pointer, { id: 'pointer', width: 24, height: 32, popover: 'manual' })
    Object.assign(pointer.style, {
      position: 'fixed', inset: 'auto', left: `${point.x}px`, top: `${point.y}px`, margin: 0, padding: 0, border: 0, background: 'none', pointerEvents: 'none'
    })
    const pen = pointer.getContext('2d')
    const arrow = new window.Path2D('M2 2v20l5-4 3.5 8 4-1.8-3.5-7.7h6.5z')
    pen.fill(arrow)
    Object.assign(pen, { strokeStyle: 'white', lineWidth: 1.5 })
    pen.stroke(arrow)
    document.body.append(pointer)
    // above a dialog, too
    pointer.showPopover()
  }, box ? { x: box.x + box.width / 2, y: box.y + box.height / 2 } : null)
}
