/** A page of an app's with one of the elements in it, served under a Content-Security-Policy that lets nothing else in. */
import { join } from 'node:path'
import { build } from 'esbuild'
import type { FastifyInstance } from 'fastify'

const ROOT = join(import.meta.dirname, '../..')
const CSP = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", 'img-src data:', "base-uri 'none'", "form-action 'none'",
  "require-trusted-types-for 'script'"
].join('; ')

export interface PanelPage {
  /** Inside <main>. */
  body: string
  /** An element's module: src/panel/<entry>.ts. */
  entry?: 'index' | 'admin' | 'logged-out'
  /** A script of the page's, before the element's module. */
  script?: string
  lang?: string
  dir?: 'ltr' | 'rtl'
  csp?: string
}

const bundles = new Map<string, Promise<Map<string, string>>>()

/** The module and its parts by name, as a bundler that splits code makes them. */
async function bundle (entry: string): Promise<Map<string, string>> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, `src/panel/${entry}.ts`)],
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    outdir: '/bundle',
    chunkNames: '[name]-[hash]',
    write: false
  })
  return new Map(outputFiles.map(({ path, text }) => [path.replace('/bundle/', ''), text]))
}

/** At `path`; several may be registered. */
export async function servePanel (app: FastifyInstance, path: string, page: PanelPage): Promise<void> {
  const { body, entry = 'index', script = '', lang = 'en', dir = 'ltr', csp = CSP } = page
  let files = bundles.get(entry)
  if (files === undefined) bundles.set(entry, files = bundle(entry))
  const folder = `${path === '/' ? '' : path}/${entry}-files`
  for (const [name, text] of await files) {
    app.get(`${folder}/${name}`, async (_request, reply) => reply.type('text/javascript').send(text))
  }
  app.get(`${folder}/page.js`, async (_request, reply) => reply.type('text/javascript').send(script))
  app.get(path, async (_request, reply) => reply.type('text/html').header('content-security-policy', csp).send(`<!doctype html>
<html lang="${lang}" dir="${dir}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Account</title><link rel="icon" href="data:,">
<script type="module" src="${folder}/page.js"></script><script type="module" src="${folder}/${entry}.js"></script></head>
<body><main><h1>Account</h1>${body}</main></body></html>`))
}
