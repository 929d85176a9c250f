/** What is printed where: results on stdout, in words or as one line of JSON; progress and errors on stderr. */

export interface OutputOptions {
  json: boolean
  stdout?: NodeJS.WriteStream
  stderr?: NodeJS.WriteStream
}

export interface Output {
  /** What is about to happen, in words; nothing with `--json`. */
  say: (text: string) => void
  /** What came of it. */
  result: (data: object, words: string) => void
  /** How far it is: one line that is updated on a terminal, else a line every few seconds. Nothing with `--json`. */
  progress: (text: string) => void
  fail: (message: string, remedy: string | null) => void
  /** What is wrong with the call, and how to call. */
  usageError: (message: string, usage: string) => void
  /** Nothing of the progress stays. */
  close: () => void
}

const TERMINAL_EVERY_MS = 100
const LINE_EVERY_MS = 2_000
const CLEAR_LINE = '\r\u001b[K'

export function createOutput ({ json, stdout = process.stdout, stderr = process.stderr }: OutputOptions): Output {
  let shown = false
  let shownAt = performance.now()

  function clear (): void {
    if (shown) stderr.write(CLEAR_LINE)
    shown = false
  }

  return {
    say (text) {
      clear()
      if (!json) stdout.write(`${text}\n`)
    },

    result (data, words) {
      clear()
      stdout.write(json ? `${JSON.stringify(data)}\n` : `${words}\n`)
    },

    progress (text) {
      if (json || performance.now() - shownAt < (stderr.isTTY ? TERMINAL_EVERY_MS : LINE_EVERY_MS)) return
      shownAt = performance.now()
      stderr.write(stderr.isTTY ? CLEAR_LINE + text.slice(0, Math.max(20, stderr.columns - 1)) : `${text}\n`)
      shown = stderr.isTTY
    },

    fail (message, remedy) {
      clear()
      const words = `${message}${remedy === null ? '' : ` → ${remedy}`}`
      stderr.write(
        json ? `${JSON.stringify({ error: message, ...(remedy === null ? {} : { remedy }) })}\n` : `${words}\n`
      )
    },

    usageError (message, usage) {
      stderr.write(json ? `${JSON.stringify({ error: message })}\n` : `fastify-live-sessions: ${message}\n\n${usage}`)
    },

    close: clear
  }
}

/** What people type into a name must not steer somebody's terminal. */
export function printable (text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd')
}

/** Rows under a heading, each column as wide as its widest entry. */
export function table (heading: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const all = [heading, ...rows].map((row) => row.map(printable))
  const widths = heading.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return all.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()).join('\n')
}

/** `1 session`, `2 sessions`. */
export function counted (count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
