/** The product's own protocol code, loaded from its sources; as it is, or with a mutant's changes in it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'

/** One change of a source: this text, which must be there exactly once, becomes that one. */
export interface Patch {
  file: string
  find: string
  replace: string
}

export type Protocol = Awaited<ReturnType<typeof loadProtocol>>

const ENTRIES = [
  'src/node.ts', 'src/push/live-channel.ts', 'src/session/ending.ts', 'src/session/session-events.ts', 'src/session/stored.ts'
] as const

/** The package's root: npm and tap both run there. */
const root = process.cwd()
const transpiled = new Map<string, string>()

export async function loadProtocol (patches: readonly Patch[]) {
  const folder = mkdtempSync(join(tmpdir(), 'live-sessions-simulation-'))
  try {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    copyWithImports(folder, ENTRIES, patches)
    const load = async <T>(path: typeof ENTRIES[number]): Promise<T> =>
      await import(pathToFileURL(join(folder, path.replace(/\.ts$/, '.js'))).href) as T
    return {
      ...await load<typeof import('../../src/node.ts')>('src/node.ts'),
      ...await load<typeof import('../../src/push/live-channel.ts')>('src/push/live-channel.ts'),
      ...await load<typeof import('../../src/session/ending.ts')>('src/session/ending.ts'),
      ...await load<typeof import('../../src/session/session-events.ts')>('src/session/session-events.ts'),
      ...await load<typeof import('../../src/session/stored.ts')>('src/session/stored.ts')
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Writes these files and all they import into the folder, as JavaScript. Throws where a patch does not fit any more. */
function copyWithImports (folder: string, entries: readonly string[], patches: readonly Patch[]): void {
  const left = [...entries]
  const copied = new Set<string>()
  for (let file = left.pop(); file !== undefined; file = left.pop()) {
    if (copied.has(file)) continue
    copied.add(file)
    const code = transpile(patched(file, patches))
    const target = join(folder, file.replace(/\.ts$/, '.js'))
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, code)
    for (const [, path = ''] of code.matchAll(/from ['"](\.[^'"]*)\.js['"]/g)) left.push(`${join(dirname(file), path)}.ts`)
  }
  for (const { file } of patches) if (!copied.has(file)) throw new Error(`${file} is not part of the protocol any more: a mutant has to follow`)
}

function patched (file: string, patches: readonly Patch[]): string {
  let source = readFileSync(join(root, file), 'utf8')
  for (const patch of patches) {
    if (patch.file !== file) continue
    const found = source.split(patch.find).length - 1
    if (found !== 1) throw new Error(`${file}: a mutant changes a text that is there ${found} times: ${patch.find}`)
    source = source.replace(patch.find, () => patch.replace)
  }
  return source
}

function transpile (source: string): string {
  const known = transpiled.get(source)
  if (known !== undefined) return known
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true
    }
  })
  transpiled.set(source, outputText)
  return outputText
}
