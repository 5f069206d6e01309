// A label as a PNG file, dot by dot.

import { PNG } from 'pngjs'
import { toDots } from './draw.ts'
import { HEIGHT_DOTS, type Label, WIDTH_DOTS } from './layout.ts'

/** At the label's own size on paper: 203 dpi. */
export function toPng(label: Label): Buffer {
  const png = new PNG({ width: WIDTH_DOTS, height: HEIGHT_DOTS, colorType: 0 })
  const dots = toDots(label)
  for (const [i, dot] of dots.entries()) png.data.fill(dot === 1 ? 0 : 255, 4 * i, 4 * i + 3)
  for (let i = 3; i < png.data.length; i += 4) png.data[i] = 255
  return PNG.sync.write(png, { colorType: 0 })
}
