/** The folder that the embedded demo lives in: locked by one process at a time, and home of the secret. */
import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { ConfigError } from './config.ts'

export interface DataDir {
  path: string
  /** The secret of this folder, made at the first start. */
  secret: () => string
  release: () => void
}

/** Opens and locks the folder. Throws a `ConfigError` where it can't be written, or where another process has it. */
export function openDataDir (folder: string): DataDir {
  const path = resolve(folder)
  try {
    makeFolder(path)
    const release = lock(join(path, 'lock'), path)
    return { path, release, secret: () => keptSecret(join(path, 'jwt-secret')) }
  } catch (error) {
    if (error instanceof ConfigError) throw error
    throw new ConfigError(
      'DATA_DIR',
      `can not be used (${
        (error as NodeJS.ErrnoException).code ?? 'unknown error'
      } at ${path}); give a folder that this process may write to, or memory://`
    )
  }
}

/**
 * Like mkdir -p. Node's own `recursive` never returns where a file system answers ENOENT for a folder that is there
 * (/proc).
 */
function makeFolder (path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path, { mode: 0o700 })
}

function keptSecret (file: string): string {
  try {
    const secret = randomBytes(48).toString('base64url')
    writeFileSync(file, secret, { flag: 'wx', mode: 0o600 })
    return secret
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    const secret = readFileSync(file, 'utf8').trim()
    if (secret.length < 32) {
      throw new ConfigError('DATA_DIR', `holds a damaged secret; delete ${file} (everybody has to sign in again)`)
    }
    return secret
  }
}

/**
 * One link is atomic: it appears with its content, or fails where there is one. A lock whose process is gone was left
 * by a crash and is moved away; a start time beside the process id tells a reused id from the same process.
 */
function lock (file: string, folder: string): () => void {
  const mine = JSON.stringify({ pid: process.pid, started: startTime(process.pid) })
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(draft, mine, { flag: 'wx', mode: 0o600 })
  try {
    for (let attempt = 0; attempt < 5; attempt++) {
      if (tryLink(draft, file)) return () => { if (read(file) === mine) unlinkSync(file) }
      const other = read(file)
      if (other !== undefined && isAlive(other)) break
      if (other !== undefined) moveAway(file, other)
    }
  } finally {
    unlinkSync(draft)
  }
  throw new ConfigError(
    'DATA_DIR',
    `is in use by another process (${folder}); stop that one, or give another folder, or memory:// (if none is running, delete ${file})`
  )
}

function moveAway (file: string, stale: string): void {
  const away = `${file}.stale.${randomBytes(4).toString('hex')}`
  try {
    renameSync(file, away)
  } catch {
    return // another process was faster
  }
  // Somebody may have taken the lock between the look and the move: then it is given back.
  if (read(away) !== stale) tryLink(away, file)
  unlinkSync(away)
}

function tryLink (from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

function isAlive (content: string): boolean {
  const { pid, started } = parse(content)
  if (pid === undefined || pid === process.pid) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false
  }
  return started === null || started === startTime(pid)
}

function parse (content: string): { pid?: number, started: string | null } {
  try {
    const { pid, started } = JSON.parse(content) as { pid: unknown, started: unknown }
    if (Number.isSafeInteger(pid) && (pid as number) > 0) {
      return { pid: pid as number, started: typeof started === 'string' ? started : null }
    }
  } catch {}
  return { started: null }
}

/** When a process began, in the kernel's words; null where there is no /proc. */
function startTime (pid: number): string | null {
  const stat = read(`/proc/${pid}/stat`)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
}

function read (file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function codeOf (error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}
