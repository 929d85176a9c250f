/** What a test process says in TAP: how many points, which were skipped, which promises were kept. */

/** Tap's closing line, `# { total: 22, pass: 20, fail: 1, skip: 1 }`; nothing where it never came. */
export function countPoints (text) {
  const closing = text.match(/^# \{ total: .*\}$/m)?.[0] ?? ''
  const count = (name) => Number(closing.match(new RegExp(`\\b${name}: (\\d+)`))?.[1] ?? 0)
  return { total: count('total'), passed: count('pass'), failed: count('fail') }
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
