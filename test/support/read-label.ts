// A label as a phone sees it: both symbols found in the picture and decoded by a reader that knows nothing of how they were made.

import { readFileSync } from 'node:fs'
import jsQR from 'jsqr'
import { PNG } from 'pngjs'

export interface SeenLabel {
  /** The text of the setup symbol; undefined where there is none. */
  setup: string | undefined
  claim: { dongleId: string; code: string; grouped: string }
}

export function readLabel(pngPath: string): SeenLabel {
  return seenIn(PNG.sync.read(readFileSync(pngPath)))
}

export function seenIn(picture: { data: Uint8Array; width: number; height: number }): SeenLabel {
  const half = picture.width / 2
  const texts = [decode(picture, 0, half), decode(picture, half, half), decode(picture, 0, picture.width)].filter(
    text => text !== undefined,
  )
  const claim = texts.find(text => text.startsWith('P1D1:'))?.split(':')
  const [, dongleId = '', code = ''] = claim ?? []
  const grouped = code.replace(/^(.{4})(.{4})(.{4})(.)$/, '$1-$2-$3-$4')
  return { setup: texts.find(text => text.startsWith('WIFI:')), claim: { dongleId, code, grouped } }
}

function decode(
  { data, width, height }: { data: Uint8Array; width: number; height: number },
  from: number,
  columns: number,
) {
  const part = new Uint8ClampedArray(4 * columns * height)
  for (let y = 0; y < height; y++) {
    part.set(data.subarray(4 * (y * width + from), 4 * (y * width + from + columns)), 4 * y * columns)
  }
  // the library is a CommonJS module whose export is its default's default
  const read = (jsQR as unknown as { default?: typeof jsQR }).default ?? jsQR
  return (read as unknown as (data: Uint8ClampedArray, width: number, height: number) => { data: string } | null)(
    part,
    columns,
    height,
  )?.data
}
