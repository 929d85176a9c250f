/** What a test process says in TAP: how many points, which were skipped, which promises were kept. */

/** A file's own output, which stands indented in that of its process, as a subtest; and how many failures there were beside it. */
export function readFile (file, output) {
  let stray = 0
  const lines = output.split('\n').flatMap((line) => {
    if (line.startsWith('    ')) return [line.slice(4)]
    if (line === 'TAP version 14' || line === `# Subtest: ${file}` || /^ok \d+ - /.test(line)) return []
    const failure = /^not ok \d+ - (.*?)(?: # time=.*)?$/.exec(line)
    if (failure !== null && failure[1] !== file) stray++
    return [line]
  })
  return { text: lines.join('\n'), stray }
}

/** Every point of a file that was skipped or is still to do: `file › outer › inner: reason`. */
export function findSkips (file, text) {
  const outer = []
  const found = []
  for (const line of text.split('\n')) {
    const subtest = /^( *)# Subtest: (.*)$/.exec(line)
    if (subtest !== null) {
      const depth = subtest[1].length / 4
      outer.length = depth
      outer[depth] = subtest[2]
      continue
    }
    const point = /^( *)(?:not )?ok \d+(?: - (.*?))? # (SKIP|TODO)\b(.*)$/i.exec(line)
    if (point === null) continue
    const [, indent, title = 'unnamed', directive, reason] = point
    const place = [file, ...outer.slice(0, indent.length / 4), title]
    found.push(`${place.join(' › ')}:${reason || ` ${directive.toLowerCase()}, no reason given`}`)
  }
  return found
}

/** The titles of a file's own tests, with their times. */
export function listTitles (text) {
  return text.split('\n').flatMap((line) => /^((?:not )?ok) \d+ - (.*) # time=([\d.]+)ms$/.exec(line)?.slice(1).join(' ') ?? [])
}
