/** One line drawing for each type of device, and for the buttons. */
import type { DeviceType } from '../protocol.ts'

const SVG = 'http://www.w3.org/2000/svg'

const PATHS: Record<DeviceType | 'pencil' | 'more', string> = {
  desktop: 'M3.5 5.5h17v11h-17zM9 20h6M12 16.5V20',
  mobile: 'M7 3h10v18H7zM11 18h2',
  tablet: 'M4 3h16v18H4zM11 18h2',
  tv: 'M3 4.5h18v12H3zM8 20.5l2-4M16 20.5l-2-4',
  console: 'M2.5 8h19v9h-19zM7 10.5v4M5 12.5h4M16 12.5h.01',
  wearable: 'M7 7h10v10H7zM9 7l.5-4h5l.5 4M9 17l.5 4h5l.5-4',
  app: 'M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h6v6h-6z',
  cli: 'M3 4.5h18v15H3zM7 9l3 3-3 3M12.5 15H17',
  bot: 'M5 9h14v10H5zM12 9V5M9.5 13.5v1M14.5 13.5v1',
  unknown: 'M3 12a9 9 0 1 0 18 0 9 9 0 1 0-18 0M9.5 9.5a2.5 2.5 0 1 1 2.5 3v1M12 17h.01',
  pencil: 'M4 20l1-4L16.5 4.5l3 3L8 19zM14 7l3 3',
  more: 'M6 9.5l6 6 6-6'
}

export function icon (name: string): SVGElement {
  const svg = document.createElementNS(SVG, 'svg') as SVGElement
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('aria-hidden', 'true')
  const path = document.createElementNS(SVG, 'path')
  path.setAttribute('d', PATHS[Object.hasOwn(PATHS, name) ? name as DeviceType : 'unknown'])
  svg.append(path)
  return svg
}
