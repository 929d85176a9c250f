/**
 * What a first start leaves for later ones: one file beside PGlite, read only where it is whole and our own. Where
 * nothing can be kept (a read-only folder, an archive), nothing is.
 */
import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'

export interface Place {
  folder: string
  file: string
}

const DIGEST_BYTES = 32
/** Quicker than gzip, and as small. */
const FAST = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }
/** More than a copy has (31 MB): in smaller pieces, all of it would be copied once more. */
const IN_ONE_PIECE = { chunkSize: 64 * 2 ** 20 }

/** In the `node_modules` that PGlite is in: nobody else's files are ever loaded, and `npm ci` removes it. */
export function findPlace (pglite?: string): Place | null {
  try {
    // In a bundle there may be no `import.meta`.
    const entry = pglite ?? import.meta.resolve('@electric-sql/pglite')
    const modules = fileURLToPath(new URL('../../../', entry))
    if (basename(modules) !== 'node_modules') return null
    const { version } = JSON.parse(readFileSync(new URL('../package.json', entry), 'utf8')) as { version: string }
    const folder = `${modules}.cache/fastify-live-sessions/`
    return { folder, file: `${folder}pglite-${version}.br` }
  } catch {
    return null
  }
}

export function readCopy ({ file }: Place): Uint8Array<ArrayBuffer> | null {
  try {
    const content = readFileSync(file)
    const packed = content.subarray(DIGEST_BYTES)
    if (!digest(packed).equals(content.subarray(0, DIGEST_BYTES))) return null
    const { buffer, byteOffset, byteLength } = brotliDecompressSync(packed, IN_ONE_PIECE)
    return new Uint8Array(buffer, byteOffset, byteLength)
  } catch {
    return null
  }
}

/** Renamed when it is whole: test files start side by side. */
export function writeCopy ({ folder, file }: Place, content: Uint8Array): void {
  const draft = `${file}.${randomUUID()}`
  try {
    const packed = brotliCompressSync(content, FAST)
    mkdirSync(folder, { recursive: true })
    writeFileSync(draft, Buffer.concat([digest(packed), packed]))
    renameSync(draft, file)
  } catch {
    try {
      rmSync(draft, { force: true })
    } catch {
      // Its folder is none.
    }
  }
}

function digest (content: Uint8Array): Buffer {
  return createHash('sha256').update(content).digest()
}
