/** Screenshots, side by side and one after the other, as an animated GIF: of each frame only what changed. */
import gifenc from 'gifenc'
import { PNG } from 'pngjs'

const { applyPalette, GIFEncoder, quantize } = gifenc
/** One colour of 256 says "as before". */
const COLORS = 255
const SAME = 255

/** @param frames `{ ms, pictures }`: how long it is shown, and PNGs of equal height */
export function animate (frames, { gap }) {
  const images = frames.map(({ pictures }) => sideBySide(pictures.map((picture) => PNG.sync.read(picture)), gap))
  const { width, height } = images[0]
  const palette = quantize(Buffer.concat(images.map(({ data }) => data)), COLORS)
  while (palette.length < COLORS + 1) palette.push([0, 0, 0])

  const gif = GIFEncoder()
  let before
  images.forEach((image, index) => {
    const shown = applyPalette(image.data, palette.slice(0, COLORS))
    const changed = before === undefined ? shown : shown.map((color, at) => color === before[at] ? SAME : color)
    before = shown
    gif.writeFrame(changed, width, height, {
      palette: index === 0 ? palette : undefined, delay: frames[index].ms, transparent: index > 0, transparentIndex: SAME, dispose: 1
    })
  })
  gif.finish()
  return gif.bytes()
}

function sideBySide (pictures, gap) {
  const width = pictures.reduce((sum, picture) => sum + picture.width, gap * (pictures.length - 1))
  const sheet = new PNG({ width, height: pictures[0].height })
  sheet.data.fill(0xb8)
  let left = 0
  for (const picture of pictures) {
    PNG.bitblt(picture, sheet, 0, 0, picture.width, picture.height, left, 0)
    left += picture.width + gap
  }
  return sheet
}
