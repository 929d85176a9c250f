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
  return findPoints(file, text).flatMap(({ place, rest }) => {
    const [, directive, reason] = /^ # (SKIP|TODO)\b(.*)$/i.exec(rest) ?? []
    return directive === undefined ? [] : [`${place}:${reason || ` ${directive.toLowerCase()}, no reason given`}`]
  })
}

/** Every point of a file that failed, not the tests around it, with what tap says of it. */
export function findFailures (file, text) {
  return findPoints(file, text).flatMap(({ ok, place, rest, details }) => ok || /^ # (time=|SKIP|TODO)/i.test(rest) ? [] : [[place, ...placesLast(details)].join('\n')])
}

/** What was found and expected, before where that was. */
function placesLast (details) {
  const parts = []
  for (const line of details) {
    if (parts.length === 0 || /^ {2}\S/.test(line)) parts.push([])
    parts.at(-1).push(line)
  }
  const isPlace = ([line]) => /^ {2}(at|stack|source|compare):/.test(line)
  return [...parts.filter((part) => !isPlace(part)), ...parts.filter(isPlace)].flat()
}

/** Each point, tests being points of those around them: `file › outer › inner`, what stands behind that, and the lines of its diagnosis. */
function findPoints (file, text) {
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
    const point = /^( *)(not )?ok \d+(?: - (.*?))??( # (?:SKIP|TODO)\b.*| # time=.*)?$/i.exec(line)
    if (point !== null) {
      const [, indent, not, title = 'unnamed', rest = ''] = point
      const place = [file, ...outer.slice(0, indent.length / 4), title].join(' › ')
      found.push({ ok: not === undefined, place, rest, details: [], indent: `${indent}  ` })
    } else if (found.length > 0 && line.startsWith(found.at(-1).indent) && !/^ *(---|\.\.\.)$/.test(line)) {
      found.at(-1).details.push(line.slice(found.at(-1).indent.length - 2))
    }
  }
  return found
}

/** The titles of a file's own tests, with their times. */
export function listTitles (text) {
  return text.split('\n').flatMap((line) => /^((?:not )?ok) \d+ - (.*) # time=([\d.]+)ms$/.exec(line)?.slice(1).join(' ') ?? [])
}
