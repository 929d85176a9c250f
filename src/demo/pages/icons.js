// One line drawing for each type of device.

const SVG = 'http://www.w3.org/2000/svg'

const PATHS = {
  desktop: ['M3.5 5.5h17v11h-17z', 'M9 20h6', 'M12 16.5V20'],
  mobile: ['M8 2.5h8a1.5 1.5 0 0 1 1.5 1.5v16a1.5 1.5 0 0 1-1.5 1.5H8A1.5 1.5 0 0 1 6.5 20V4A1.5 1.5 0 0 1 8 2.5z', 'M11 18.5h2'],
  tablet: ['M5.5 3h13A1.5 1.5 0 0 1 20 4.5v15a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 19.5v-15A1.5 1.5 0 0 1 5.5 3z', 'M11 18h2'],
  tv: ['M3 4.5h18v12H3z', 'M8 20.5l2-4', 'M16 20.5l-2-4'],
  console: ['M7.5 7.5h9a5 5 0 0 1 5 5.5c0 3-1 4.5-2.5 4.5-2 0-2.5-3-4.5-3h-5c-2 0-2.5 3-4.5 3-1.5 0-2.5-1.5-2.5-4.5a5 5 0 0 1 5-5.5z', 'M8 10v3', 'M6.5 11.5h3', 'M16 11.5h.01'],
  wearable: ['M7 8.5A1.5 1.5 0 0 1 8.5 7h7A1.5 1.5 0 0 1 17 8.5v7a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 7 15.5z', 'M9 7l.5-4h5l.5 4', 'M9 17l.5 4h5l.5-4'],
  app: ['M4 4h6.5v6.5H4z', 'M13.5 4H20v6.5h-6.5z', 'M4 13.5h6.5V20H4z', 'M13.5 13.5H20V20h-6.5z'],
  cli: ['M3 4.5h18v15H3z', 'M7 9l3 3-3 3', 'M12.5 15H17'],
  bot: ['M5 9h14v10H5z', 'M12 9V5', 'M9.5 13.5v1', 'M14.5 13.5v1', 'M12 4h.01'],
  unknown: ['M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z', 'M9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7', 'M12 16.5h.01'],
  pencil: ['M4 20l1-4L16.5 4.5l3 3L8 19z', 'M14 7l3 3'],
  out: ['M10 4H5v16h5', 'M15 8l4 4-4 4', 'M19 12H9.5']
}

export function icon (name) {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('aria-hidden', 'true')
  for (const d of PATHS[Object.hasOwn(PATHS, name) ? name : 'unknown']) {
    const path = document.createElementNS(SVG, 'path')
    path.setAttribute('d', d)
    svg.append(path)
  }
  return svg
}

export const TYPE_NAMES = {
  desktop: 'Computer',
  mobile: 'Phone',
  tablet: 'Tablet',
  tv: 'TV',
  console: 'Games console',
  wearable: 'Watch',
  app: 'App',
  cli: 'Command line',
  bot: 'Bot',
  unknown: 'Unknown device'
}
