// Times in words that keep up with the clock: "active now", "5 minutes ago", with the exact time as a title.
import { make } from './dom.js'

const NOW_MS = 60_000
const REFRESH_MS = 15_000
const UNITS = [['year', 31_536_000], ['month', 2_592_000], ['day', 86_400], ['hour', 3600], ['minute', 60]]
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })

export function ago (iso, now = Date.now()) {
  const passed = (now - Date.parse(iso)) / 1000
  const [unit, size] = UNITS.find(([, size]) => passed >= size) ?? []
  return unit === undefined ? 'just now' : relative.format(-Math.floor(passed / size), unit)
}

function activity (iso, now = Date.now()) {
  return now - Date.parse(iso) < NOW_MS ? 'Active now' : `Active ${ago(iso, now)}`
}

/** A <time> that is brought up to date while it is on the page. `kind`: 'activity' or 'since'. */
export function timeElement (iso, kind) {
  const element = make('time', { datetime: iso, title: exact.format(new Date(iso)), 'data-kind': kind })
  refresh(element)
  return element
}

function refresh (element) {
  const { dateTime, dataset } = element
  const words = dataset.kind === 'activity' ? activity(dateTime) : `Signed in ${ago(dateTime)}`
  if (element.textContent !== words) element.textContent = words
  element.classList.toggle('now', dataset.kind === 'activity' && words === 'Active now')
}

window.setInterval(() => {
  for (const element of document.querySelectorAll('time[data-kind]')) refresh(element)
}, REFRESH_MS)
