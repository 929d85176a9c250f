/** An app whose page shows what the hooks give, bundled with React 18 or 19, in StrictMode. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const ROOT = join(import.meta.dirname, '../..')

/** Where esbuild finds this React: version 18 is the repository's own; 19 beside it would break tap, so it has a folder of its own. */
function nodeModulesOf (version: 18 | 19): string {
  if (version === 18) return join(ROOT, 'node_modules')
  const folder = join(ROOT, '.tap/react-19')
  if (!existsSync(join(folder, 'node_modules/react-dom'))) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "private": true }')
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock', 'react@19', 'react-dom@19'], { cwd: folder, stdio: 'ignore' })
  }
  return join(folder, 'node_modules')
}

const PAGE = `
import { createElement as h, StrictMode, useState, version } from 'react'
import { createRoot } from 'react-dom/client'
import { useLiveSession, useSessions } from './src/react/index.ts'

function Devices () {
  const [renders, setRenders] = useState(0)
  const live = useLiveSession({
    onLogout: ({ via }) => {
      window.logouts = (window.logouts ?? 0) + 1
      window.via = via
    },
    fetch: (...request) => {
      window.requests = (window.requests ?? 0) + 1
      return fetch(...request)
    },
    onNotice: () => { window.noticedAtRender = renders }
  })
  const { sessions, error, rename, revoke, revokeOthers } = useSessions({ live })
  return h('div', null,
    h('p', { id: 'version' }, version.split('.')[0]),
    h('p', { id: 'state' }, live.state),
    h('p', { id: 'logout' }, live.logout?.reason ?? ''),
    h('p', { id: 'error' }, error?.code ?? ''),
    h('button', { id: 'again', onClick: () => setRenders(renders + 1) }, 'again'),
    h('button', { id: 'others', onClick: () => void revokeOthers() }, 'others'),
    h('button', { id: 'asks', onClick: () => void live.fetch('/me').then(({ status }) => { window.asked = status }) }, 'asks'),
    h('ul', null, sessions?.map(({ id, deviceName, isCurrent }) => h('li', { key: id, 'data-current': isCurrent },
      deviceName,
      h('button', { onClick: () => void rename(id, 'Renamed') }, 'rename'),
      h('button', { onClick: () => void revoke(id) }, 'end')))))
}

function Page () {
  const [shown, show] = useState(true)
  return h('main', null, h('button', { id: 'toggle', onClick: () => show(!shown) }, 'toggle'), shown && h(Devices))
}

createRoot(document.getElementById('root')).render(h(StrictMode, null, h(Page)))
`

const bundles = new Map<number, Promise<string>>()

/** The page's script, in development mode: StrictMode mounts twice there. */
export function bundlePage (version: 18 | 19): Promise<string> {
  const known = bundles.get(version)
  if (known !== undefined) return known
  const bundle = build({
    stdin: { contents: PAGE, resolveDir: ROOT, loader: 'js' },
    bundle: true,
    format: 'iife',
    define: { 'process.env.NODE_ENV': '"development"' },
    alias: Object.fromEntries(['react', 'react-dom'].map((name) => [name, join(nodeModulesOf(version), name)])),
    write: false
  }).then(({ outputFiles }) => outputFiles[0]?.text ?? '')
  bundles.set(version, bundle)
  return bundle
}
