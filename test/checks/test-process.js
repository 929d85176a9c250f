/** A process that runs test files for the run: one after the other, as long as none has changed what the next would meet. */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'

const PROGRAM = join(import.meta.dirname, 'work.js')
/** A file's last line on both streams, which no test can say by chance. */
const END = `# end of file ${randomUUID()} `

/** Ends a process with all that it has started. */
export function endGroup ({ pid }) {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has just ended.
  }
}

/** Starts it. `within` are the seconds a file, or the end, may take; `env` is the environment; in `cwd` the compiled files are. */
export function startTestProcess ({ within, env, cwd = process.cwd() }) {
  const child = spawn(process.execPath, ['--enable-source-maps', PROGRAM], {
    detached: true,
    cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...env, TEST_FILE_END: END }
  })
  // It may be gone before it has read the next name.
  child.stdin.on('error', () => {})
  const streams = [collect(child.stdout), collect(child.stderr)]
  const closed = once(child, 'exit').then(async ([code, signal]) => {
    // A process that it left behind may hold its output open: what counts is its own end.
    await Promise.race([once(child, 'close'), new Promise((resolve) => { setTimeout(resolve, 1_000) })])
    return { code, signal }
  })

  async function limited (promise) {
    const limit = setTimeout(() => { endGroup(child) }, within * 1_000)
    try {
      return await promise
    } finally {
      clearTimeout(limit)
    }
  }

  return {
    child,
    /** What the file said, and its counts; none where the process ended before it. */
    async run (file) {
      child.stdin.write(`${file}\n`)
      const ends = Promise.all(streams.map((stream) => stream.untilEnd()))
      const ended = await limited(Promise.race([ends, closed]))
      const [stdout, stderr] = streams.map((stream) => stream.take())
      if (Array.isArray(ended)) return { ...ended[0], stdout, stderr, code: 0 }
      return { total: 0, passed: 0, failed: 0, again: false, cpu: 0, stdout, stderr: stderr + explainEnd(ended, within), code: ended.code ?? 1 }
    },
    /** Lets it end by itself, as it does when nothing is open any more. */
    async end () {
      child.stdin.end()
      const ended = await limited(closed)
      const [, stderr] = streams.map((stream) => stream.take())
      return { code: ended.code ?? 1, stderr: ended.signal === null ? stderr : stderr + explainEnd(ended, within) }
    }
  }
}

function explainEnd ({ code, signal }, within) {
  if (signal === null) return code === 0 ? '' : `its process ended with code ${code}\n`
  return `its process was ended by ${signal}${signal === 'SIGKILL' ? ` (its limit is ${within} s)` : ''}\n`
}

/** A stream's text, file by file. */
function collect (stream) {
  let text = ''
  let report
  let tell
  const look = () => {
    const at = text.indexOf(`\n${END}`)
    const lineEnd = at === -1 ? -1 : text.indexOf('\n', at + 1)
    if (lineEnd === -1 || tell === undefined) return
    report = JSON.parse(text.slice(at + 1 + END.length, lineEnd))
    text = text.slice(0, at) + text.slice(lineEnd + 1)
    tell(report)
    tell = undefined
  }
  stream.setEncoding('utf8').on('data', (more) => {
    text += more
    // Long outputs come in many parts.
    if (more.includes('\n')) look()
  })
  return {
    untilEnd: async () => await new Promise((resolve) => {
      tell = resolve
      look()
    }),
    take () {
      const taken = text
      text = ''
      return taken
    }
  }
}
